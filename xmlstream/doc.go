// Package xmlstream reads and writes machine-made XML as a stream, in constant
// memory and much faster than encoding/xml.
//
// The Scanner is strict: UTF-8 only, no DTD and therefore no entities of a
// document's own, end tags matched, exactly one root element, and limits on depth,
// texts and captured elements. It reports what it can't read with line and column
// and never repeats what stands there, because the documents of a shop hold
// people's names and addresses.
//
// One leniency is deliberate. Shops let people type anything, and some of it can't
// stand in XML: control characters arrive raw or as references such as &#1;. They
// carry no meaning for anybody, while a refusal would lose the whole answer, so
// Clean drops the raw ones and the Scanner the references. Broken UTF-8 is another
// matter: it means that text was damaged or is in another encoding, and guessing
// would show wrong letters to people. It is refused.
//
// Names are taken as written, prefix and colon included: namespaces are not
// resolved.
package xmlstream

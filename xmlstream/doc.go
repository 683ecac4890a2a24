// Package xmlstream reads and writes machine-made XML as a stream, in constant
// memory and much faster than encoding/xml.
//
// The Scanner is strict: UTF-8 only, no DTD and therefore no entities of a
// document's own, end tags matched, exactly one root element, and limits on depth,
// texts and captured elements. It reports what it can't read with line and column
// and never repeats what stands there, because the documents of a shop hold
// people's names and addresses.
//
// Two leniencies are deliberate, because a refusal would lose a whole answer for one
// odd character in one order. Shops let people type anything, and some of it can't
// stand in XML: control characters arrive raw or as references such as &#1;. They
// carry no meaning for anybody, so Clean drops the raw ones and the Scanner the
// references. And bytes that are not UTF-8 become U+FFFD, each of them, so that
// everybody sees that a character is lost and nobody is shown a guessed one; Replaced
// counts them. A document that declares another encoding, or begins with bytes that
// are not UTF-8, is refused: there the damage would be everywhere.
//
// Names are taken as written, prefix and colon included: namespaces are not
// resolved.
package xmlstream

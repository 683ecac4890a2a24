package minicrmsim

import (
	"strings"
	"testing"
)

func TestADocumentThatIsNoXMLIsRefusedAsAWhole(t *testing.T) {
	one := `<Project Id="1"><Name>N</Name><CategoryId>5</CategoryId></Project>`
	for _, tt := range []struct{ body, reason string }{
		{"<Projects>" + one + "</Projects>rest", `text stands outside of the root element: "rest"`},
		{"first<Projects>" + one + "</Projects>", `text stands outside of the root element: "first"`},
		{"<Projects>" + one + "</Projects><![CDATA[x]]>", `text stands outside`},
		{"<Projects>" + one + "</Projects><Projects>" + one + "</Projects>", "unexpected element Projects"},
		{"<Projects>" + one + "</Projects>" + one, "unexpected element Project"},
		{` <?xml version="1.0"?><Projects>` + one + "</Projects>", "the XML declaration stands at byte 1"},
		{`<?xml version="1.0"?><Projects>` + one + `<?xml version="1.0"?></Projects>`, "the XML declaration stands at byte"},
		{"<Projects><!DOCTYPE Projects>" + one + "</Projects>", "a document type stands inside"},
		{`<Projects><Project Id="1" Id="2"><Name>N</Name></Project></Projects>`, "the attribute Id of Project is given twice"},
		{`<Projects><Project Id="1"><Name a="1" a="1">N</Name></Project></Projects>`, "the attribute a of Name is given twice"},
		{`<Projects><Project Id="1"><?xml version="1.0"?><Name>N</Name></Project></Projects>`, "the XML declaration stands at byte"},
	} {
		b := start(t, Options{})
		b.want("POST", "/Api/SyncFeed/51432/Upload", tt.body)
		b.crm.Settle()
		log := b.crm.Log()[0]
		if len(log.Taken) > 0 || len(log.Refused) != 1 || !strings.Contains(log.Refused[0].Reason, tt.reason) {
			t.Errorf("the log of %q = %v taken, %v refused; want %q", tt.body, log.Taken, log.Refused, tt.reason)
		}
	}
}

func TestWhatXMLAllowsAroundTheRootIsPassedOver(t *testing.T) {
	b := start(t, Options{})
	b.want("POST", "/Api/SyncFeed/51432/Upload", "\uFEFF"+`<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE Projects>
<!-- before --><?shop x?>
<Projects>
<!-- inside --><?shop y?>
<Project Id="1" Shop="1"><Name>N</Name><CategoryId>5</CategoryId></Project>
</Projects>
<!-- behind -->
`)
	b.crm.Settle()
	if log := b.crm.Log()[0]; len(log.Taken) != 1 {
		t.Errorf("the log = %v taken, %v refused; want Project 1", log.Taken, log.Refused)
	}
}

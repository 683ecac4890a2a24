package minicrmsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Switches are the behaviours of MiniCRM that its documents contradict each
// other about, or that no document describes. The zero value is the reading
// taken to be the most likely one.
//
// Each has a name in JSON, its json tag. The tag oneof lists the values of a
// text beside the empty one, the tag range those of a number beside 0.
type Switches struct {
	// Contradictions between documents.

	AccessDenied404     bool   `json:"access_denied_404"`                   // bad credentials answer 404 "Unauthorized: Access denied" instead of 401
	ToDoByPost          bool   `json:"todo_by_post"`                        // POST creates a task, PUT is refused; otherwise the other way round
	PurgePersonMethod   string `json:"purge_person_method" oneof:"PUT GET"` // "PUT" or "GET" alone; "" accepts both
	OrderListUnderOffer bool   `json:"order_list_under_offer"`              // orders are listed under /Api/Offer/List; /Api/Order/List is refused
	NoOrderList         bool   `json:"no_order_list"`                       // orders cannot be listed at all
	ActionsByGet        bool   `json:"actions_by_get"`                      // GET performs an order's action as POST does, instead of 405
	StornoFromFailed    bool   `json:"storno_from_failed"`                  // Storno is allowed from Completed and Failed; otherwise from Completed and Paid
	ReferenceList       bool   `json:"reference_list"`                      // Project?ReferenceId= answers a list; otherwise the card's detail
	R3IDsAsStrings      bool   `json:"r3_ids_as_strings"`                   // lists of R3 print ids as strings; otherwise as numbers
	DocumentIDsAsNumber bool   `json:"document_ids_as_number"`              // document answers print ids as numbers; otherwise as strings
	UnknownOption500    bool   `json:"unknown_option_500"`                  // an unknown drop-down value answers 500 instead of 400
	EmptyObject         bool   `json:"empty_object"`                        // empty Results print as {}; otherwise as []
	UnknownToFirst      bool   `json:"unknown_to_first"`                    // an unknown FolderName in XML means the first folder; otherwise it is created
	StatusForm          string `json:"status_form" oneof:"name id"`         // StatusId in XML: "name" or "id" alone; "" accepts both

	// The look of answers.

	PlainJSON        bool `json:"plain_json"`         // "/" and letters beyond ASCII as they are; otherwise escaped as PHP does
	BOM              bool `json:"bom"`                // a byte order mark before every JSON answer
	PlainContactType bool `json:"plain_contact_type"` // a contact's Type is Person or Business in every language; otherwise localised

	// Limits.

	LimitDocuments bool `json:"limit_documents"` // /Api/Order and /Api/Offer count in the 60 a minute too
	FixedWindow    bool `json:"fixed_window"`    // limits count by the clock's minute and hour; otherwise they slide
	CountRefused   bool `json:"count_refused"`   // calls that were refused count against the limit as well
	RetryAfter     bool `json:"retry_after"`     // a 429 carries Retry-After

	// R3.

	UpdatedSinceExclusive bool `json:"updated_since_exclusive"` // UpdatedSince means later than; otherwise that second counts too
	OrderReferences       bool `json:"order_references"`        // Project?ReferenceId= finds an order's card by the order's external id too
	WritableReference     bool `json:"writable_reference"`      // PUT Project accepts ReferenceId; otherwise 400
	LockedOrderCards      bool `json:"locked_order_cards"`      // PUT Project on an order's card answers 400
	DraftsListed          bool `json:"drafts_listed"`           // drafts appear in Order/List

	NoAddOn                 bool   `json:"no_add_on"`                 // the plan has no REST API: every call answers 404 "Unauthorized: Access denied"
	SameCategoryIDs         bool   `json:"same_category_ids"`         // Category?Detailed=1 prints the outer key as Id; otherwise a number of its own
	UnknownParameterIgnored bool   `json:"unknown_parameter_ignored"` // a parameter or field that there is not is passed over; otherwise 400
	InvitedList             bool   `json:"invited_list"`              // a card's Invited prints as []; otherwise as ""
	LongTextCut             bool   `json:"long_text_cut"`             // PUT Project cuts a text to its field's length; otherwise 400
	FilesAsSent             bool   `json:"files_as_sent"`             // a file field prints the address that was sent; otherwise one of MiniCRM's downloads
	MailsListed             bool   `json:"mails_listed"`              // EmailList's Results are an array; otherwise an object by id
	URLBase                 string `json:"url_base"`                  // scheme and host of the addresses in answers; "" is https://r3.minicrm.hu

	// Documents, webhooks and the words of a refused call.

	OrdersDriveStock   bool `json:"orders_drive_stock"`   // finalising an order takes its items from the stock
	DocumentsGenerated bool `json:"documents_generated"`  // a finalised order has a DocumentUrl; otherwise it is empty
	InvoicePricesPlain bool `json:"invoice_prices_plain"` // an invoice's items print 1000.00; otherwise "1 000,00"
	WebhookPlain       bool `json:"webhook_plain"`        // webhooks carry neither Schema nor Head
	LocalisedTooMany   bool `json:"localised_too_many"`   // the text of a 429 is in the account's language; otherwise English

	// SyncFeed: receiving.

	NoUpload         bool   `json:"no_upload"`                       // there is no /Upload: 404
	FeedAnswer       string `json:"feed_answer"`                     // the body of an accepted document's answer; "" prints {"Id":N}
	DownloadStatus   int    `json:"download_status" range:"300 599"` // the status when the source cannot be downloaded; 0 = 400
	DownloadAccepted bool   `json:"download_accepted"`               // a source that cannot be downloaded answers 200 all the same
	XMLChecked       bool   `json:"xml_checked"`                     // what is not well-formed is refused at once with 400; otherwise later, in the log

	// SyncFeed: processing.

	FeedModules           string `json:"feed_modules" oneof:"webshop any"` // CategoryId: "webshop" alone, or "any" with orders below each; "" takes cards of all but Orders, orders below Webshop cards
	AlphanumericIDs       bool   `json:"alphanumeric_ids"`                 // external ids may be any text up to 64 characters; otherwise integers only
	StatusRequired        bool   `json:"status_required"`                  // a new card without StatusId is refused; otherwise it is Registered
	EmptyRequiredTaken    bool   `json:"empty_required_taken"`             // a required text may be empty, if its element is there; otherwise refused
	LongXMLTextCut        bool   `json:"long_xml_text_cut"`                // a text longer than its field is cut, with a note; otherwise refused
	UnknownElementRefused bool   `json:"unknown_element_refused"`          // an element nobody knows refuses its Project; otherwise passed over with a note
	FirstDuplicateCounts  bool   `json:"first_duplicate_counts"`           // of lines with the same Product Id the first counts; otherwise the last
	VATWithoutPercent     bool   `json:"vat_without_percent"`              // VAT may come without the percent sign; otherwise refused

	ErrorSpoilsDocument   bool `json:"error_spoils_document"`   // one refused Project refuses its whole document
	BrokenXMLHalf         bool `json:"broken_xml_half"`         // Projects before the place where a document breaks are applied; otherwise none
	ReferencesPerModule   bool `json:"references_per_module"`   // a Project's external id is unique in its module; otherwise in the system
	ContactsByEmail       bool `json:"contacts_by_email"`       // a contact without a known id is matched with a person of that address
	StockBySKU            bool `json:"stock_by_sku"`            // a product with an unknown id is matched with a stock item of that SKU
	VATNumberByShape      bool `json:"vat_number_by_shape"`     // a VatNumber that begins with two letters lands in EUVatNumber
	MissingLinesKept      bool `json:"missing_lines_kept"`      // lines missing from a re-sent order stay; otherwise they go
	AbsentStatusDrafts    bool `json:"absent_status_drafts"`    // an order sent without Status becomes a draft again; otherwise it keeps its own
	ClosedOrdersFrozen    bool `json:"closed_orders_frozen"`    // an order that is Completed, Paid or Failed cannot be changed by XML
	NoPaidWord            bool `json:"no_paid_word"`            // the word Paid is refused in Order/Status
	MoreStatusWords       bool `json:"more_status_words"`       // InProgress, Complete and Successful are accepted too
	UnknownStatusSkipped  bool `json:"unknown_status_skipped"`  // an unknown Order/Status is passed over with a note; otherwise refused
	UnknownPaymentRefused bool `json:"unknown_payment_refused"` // a PaymentMethod beyond the known ones is refused; otherwise taken with a note
	UnknownFieldSkipped   bool `json:"unknown_field_skipped"`   // an unknown field of a card is passed over with a note; otherwise refused
	UnknownUserRefused    bool `json:"unknown_user_refused"`    // an unknown UserId in XML is refused; otherwise somebody becomes the owner
	NegativePriceRefused  bool `json:"negative_price_refused"`  // a negative PriceNet is refused
	UntouchedWhenSame     bool `json:"untouched_when_same"`     // UpdatedAt stays when a Project changed nothing; otherwise it is touched

	// Webshop module.

	SegmentsByPaidOnly     bool `json:"segments_by_paid_only"`    // only Paid orders count for segments and sums; otherwise all but Draft and Failed
	InactiveByRegistration bool `json:"inactive_by_registration"` // Registered becomes Inactive 60 days after WebshopRegistrationDate; otherwise after 60 days in Registered
	SegmentsOff            bool `json:"segments_off"`             // cards stay in the status that they were given
}

// Check refuses values that no switch can have; the error names all of them
// and what is possible.
func (s Switches) Check() error {
	var faults []error
	for field, value := range reflect.ValueOf(s).Fields() {
		if words := strings.Fields(field.Tag.Get("oneof")); len(words) > 0 && !value.IsZero() && !slices.Contains(words, value.String()) {
			faults = append(faults, fmt.Errorf("the switch %s cannot be %q; possible are \"\", %s", jsonName(field), value, strings.Join(words, ", ")))
		}
		if limits := strings.Fields(field.Tag.Get("range")); len(limits) == 2 && !value.IsZero() {
			least, most := number64(limits[0]), number64(limits[1])
			if n := value.Int(); n < least || n > most {
				faults = append(faults, fmt.Errorf("the switch %s cannot be %d; possible are 0 and %d to %d", jsonName(field), n, least, most))
			}
		}
	}
	if base, err := url.Parse(s.URLBase); s.URLBase != "" && (err != nil || base.Host == "") {
		faults = append(faults, fmt.Errorf("the switch url_base cannot be %q; possible are \"\" and an address like http://localhost:8080", s.URLBase))
	}
	return errors.Join(faults...)
}

func number64(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64) // our own tags
	return n
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// Merge sets the switches that a JSON object names, {"strict_root": true}, and
// leaves the others. An unknown name, a value of the wrong type or one that is
// impossible is an error naming it and what is possible; then nothing is set.
func (s Switches) Merge(object []byte) (Switches, error) {
	var sent map[string]json.RawMessage
	if err := json.Unmarshal(object, &sent); err != nil {
		return s, fmt.Errorf("reading the switches: %w", err)
	}
	merged := s
	fields := make(map[string]reflect.Value)
	for field, value := range reflect.ValueOf(&merged).Elem().Fields() {
		fields[jsonName(field)] = value
	}
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		field, known := fields[name]
		if !known {
			faults = append(faults, fmt.Errorf("there is no switch %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(fields)), ", ")))
			continue
		}
		if bytes.Equal(sent[name], []byte("null")) || json.Unmarshal(sent[name], field.Addr().Interface()) != nil {
			faults = append(faults, fmt.Errorf("the switch %s cannot be %s; possible is %s", name, sent[name], kinds[field.Kind()]))
		}
	}
	if err := errors.Join(append(faults, merged.Check())...); err != nil {
		return s, err
	}
	return merged, nil
}

var kinds = map[reflect.Kind]string{reflect.Bool: "true or false", reflect.String: "a text", reflect.Int: "a whole number"}

// changed are the switches that are not at their recommended reading, by name.
func (s Switches) changed() map[string]any {
	all := make(map[string]any)
	for field, value := range reflect.ValueOf(s).Fields() {
		if !value.IsZero() {
			all[jsonName(field)] = value.Interface()
		}
	}
	return all
}

// Switches are the readings the system follows now.
func (c *CRM) Switches() Switches {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.o.Switches
}

// SetSwitches changes the readings, between two calls and not within one.
func (c *CRM) SetSwitches(s Switches) error {
	return c.changeSwitches(func(Switches) (Switches, error) { return s, s.Check() })
}

func (c *CRM) changeSwitches(change func(Switches) (Switches, error)) error {
	c.gate.Lock()
	defer c.gate.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	changed, err := change(c.o.Switches)
	if err != nil {
		return fmt.Errorf("setting the switches: %w", err)
	}
	c.o.Switches = changed
	c.reindex()
	c.revision++
	c.segmentDay = "" // its rules may have changed
	c.resegment()
	return nil
}

// reindex finds cards by their external ids anew; where two cards now share
// one the older card has it.
func (c *CRM) reindex() {
	clear(c.projectOf)
	for id := int64(1); id <= c.nextCard; id++ {
		k := c.cards[id]
		if k == nil || k.reference == 0 {
			continue
		}
		if key := c.projectKey(k.module, k.reference); c.projectOf[key] == nil {
			c.projectOf[key] = k
		}
	}
}

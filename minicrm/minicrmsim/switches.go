package minicrmsim

// Switches are the behaviours of MiniCRM that its documents contradict each
// other about, or that no document describes. The zero value is the reading
// taken to be the most likely one.
type Switches struct {
	// Contradictions between documents.

	AccessDenied404     bool   // bad credentials answer 404 "Unauthorized: Access denied" instead of 401
	ToDoByPost          bool   // POST creates a task, PUT is refused; otherwise the other way round
	PurgePersonMethod   string // "PUT" or "GET" alone; "" accepts both
	OrderListUnderOffer bool   // orders are listed under /Api/Offer/List; /Api/Order/List is refused
	NoOrderList         bool   // orders cannot be listed at all
	ActionsByGet        bool   // GET performs an order's action as POST does, instead of 405
	StornoFromFailed    bool   // Storno is allowed from Completed and Failed; otherwise from Completed and Paid
	ReferenceList       bool   // Project?ReferenceId= answers a list; otherwise the card's detail
	R3IDsAsStrings      bool   // lists of R3 print ids as strings; otherwise as numbers
	DocumentIDsAsNumber bool   // document answers print ids as numbers; otherwise as strings
	UnknownOption500    bool   // an unknown drop-down value answers 500 instead of 400
	EmptyObject         bool   // empty Results print as {}; otherwise as []
	UnknownToFirst      bool   // an unknown FolderName in XML means the first folder; otherwise it is created
	StatusForm          string // StatusId in XML: "name" or "id" alone; "" accepts both

	// The look of answers.

	PlainJSON        bool // "/" and letters beyond ASCII as they are; otherwise escaped as PHP does
	BOM              bool // a byte order mark before every JSON answer
	PlainContactType bool // a contact's Type is Person or Business in every language; otherwise localised

	// Limits.

	LimitDocuments bool // /Api/Order and /Api/Offer count in the 60 a minute too
	FixedWindow    bool // limits count by the clock's minute and hour; otherwise they slide
	CountRefused   bool // calls that were refused count against the limit as well
	RetryAfter     bool // a 429 carries Retry-After

	// R3.

	UpdatedSinceExclusive bool // UpdatedSince means later than; otherwise that second counts too
	OrderReferences       bool // Project?ReferenceId= finds an order's card by the order's external id too
	WritableReference     bool // PUT Project accepts ReferenceId; otherwise 400
	LockedOrderCards      bool // PUT Project on an order's card answers 400
	DraftsListed          bool // drafts appear in Order/List

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

	NoUpload         bool   // there is no /Upload: 404
	FeedAnswer       string // the body of an accepted document's answer; "" prints {"Id":N}
	DownloadStatus   int    // the status when the source cannot be downloaded; 0 = 400
	DownloadAccepted bool   // a source that cannot be downloaded answers 200 all the same
	XMLChecked       bool   // what is not well-formed is refused at once with 400; otherwise later, in the log

	// SyncFeed: processing.

	ErrorSpoilsDocument   bool // one refused Project refuses its whole document
	BrokenXMLHalf         bool // Projects before the place where a document breaks are applied; otherwise none
	ReferencesPerModule   bool // a Project's external id is unique in its module; otherwise in the system
	ContactsByEmail       bool // a contact without a known id is matched with a person of that address
	StockBySKU            bool // a product with an unknown id is matched with a stock item of that SKU
	VATNumberByShape      bool // a VatNumber that begins with two letters lands in EUVatNumber
	MissingLinesKept      bool // lines missing from a re-sent order stay; otherwise they go
	AbsentStatusDrafts    bool // an order sent without Status becomes a draft again; otherwise it keeps its own
	ClosedOrdersFrozen    bool // an order that is Completed, Paid or Failed cannot be changed by XML
	NoPaidWord            bool // the word Paid is refused in Order/Status
	MoreStatusWords       bool // InProgress, Complete and Successful are accepted too
	UnknownStatusSkipped  bool // an unknown Order/Status is passed over with a note; otherwise refused
	UnknownPaymentRefused bool // a PaymentMethod beyond the known ones is refused; otherwise taken with a note
	UnknownFieldSkipped   bool // an unknown field of a card is passed over with a note; otherwise refused
	UnknownUserRefused    bool // an unknown UserId in XML is refused; otherwise somebody becomes the owner
	NegativePriceRefused  bool // a negative PriceNet is refused
	UntouchedWhenSame     bool // UpdatedAt stays when a Project changed nothing; otherwise it is touched

	// Webshop module.

	SegmentsByPaidOnly bool // only Paid orders count for segments and sums; otherwise all but Draft and Failed
	SegmentsOff        bool // cards stay in the status that they were given
}

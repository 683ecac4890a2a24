package punte

// DutyState is where an order (or a card) stands on its way to MiniCRM.
type DutyState string

// The states of a duty. Owed, Sent and Confirmed are the way; Held, Parked and
// Left are its ends short of MiniCRM.
const (
	Owed      DutyState = "owed"      // MiniCRM should show it and was not sent it yet
	Sent      DutyState = "sent"      // it is in a document whose round has not ended
	Confirmed DutyState = "confirmed" // read back from MiniCRM as sent
	Unlisted  DutyState = "unlisted"  // taken with its document; MiniCRM hides drafts, and its card was not found yet
	Held      DutyState = "held"      // waits for a person: its status has no pair
	Parked    DutyState = "parked"    // can't be sent: a part is missing or odd, or MiniCRM refused it
	Left      DutyState = "left"      // is not to be brought: its status is mapped to null
)

// Settled says that nothing more happens by itself.
func (s DutyState) Settled() bool { return s != Owed && s != Sent }

// Problem is why an order is held or parked.
type Problem struct {
	Code   string // stable name for programs and help pages, such as order.field or status.unmapped
	Field  string // part of the order, if one is at fault
	Reason string // one sentence in English with the next step
}

// Codes of problems.
const (
	ProblemField    = "order.field"       // a part of the order is missing or odd
	ProblemUnmapped = "status.unmapped"   // the shop's status has no pair in the map
	ProblemDrafted  = "minicrm.drafted"   // sent without its status, which made a draft of it
	ProblemDeleted  = "order.deleted"     // the shop does not have it any more
	ProblemRefused  = "minicrm.not_shown" // sent three times by itself and never shown
	ProblemCannot   = "minicrm.cannot"    // MiniCRM was found not to do such a thing; not sent
	ProblemUnlisted = "minicrm.unlisted"  // MiniCRM does not list it, and its card was not found
	ProblemExisting = "minicrm.existing"  // its number is in MiniCRM already, and somebody else's
)

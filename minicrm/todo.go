package minicrm

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ToDoRow is a task as the list of a card's tasks shows it. Times are MiniCRM's, see Client.Time.
type ToDoRow struct {
	ID       int64
	Status   string // Open, Closed
	Comment  string
	Deadline string // "" if there is none
	UserID   string // id; some systems show a name
	Type     string // id or label
	URL      string
}

// ToDoList is the list of a card's tasks.
type ToDoList struct {
	Count int // 0 if not told
	Rows  []ToDoRow
}

// ToDo is a task as its own address shows it. Times are MiniCRM's, see Client.Time. Source: MiniCRM Integrations Manual,
// "Detailed data of a to-do".
type ToDo struct {
	ID                              int64
	ProjectID, ContactID, AddressID int64
	UserID, SenderUserID            string // label or id
	Type, Mode                      string // Mode: Task or Email
	Status                          string // Open, Closed
	Comment                         string
	Deadline                        string        // "" if there is none
	Duration, Reminder              time.Duration // full minutes
	CreatedBy, UpdatedBy, ClosedBy  string
	CreatedAt, UpdatedAt, ClosedAt  string // "" for never
	Attachments                     []ToDoAttachment
	Members                         []ToDoMember
	Notes                           []ToDoNote
	Values                          map[string]string // all fields that are no objects, by API name as sent
}

// ToDoAttachment is a file of a task.
type ToDoAttachment struct {
	FileName, URL string
}

// ToDoMember is somebody who takes part in a task.
type ToDoMember struct {
	Entity   string `json:"Entity"` // what EntityID is an id of
	EntityID string `json:"EntityId"`
}

// ToDoNote is a remark on a task.
type ToDoNote struct {
	Comment, CreatedBy, CreatedAt string
}

// The states of a task, and what a list of tasks can be asked for.
const (
	ToDoOpen   = "Open"
	ToDoClosed = "Closed"
	ToDoAll    = "All"
)

const (
	todoEndpoint     = "R3/ToDo"
	todoListEndpoint = "R3/ToDoList"
)

// ToDoList returns the tasks of a card: those in status (ToDoOpen, ToDoClosed, ToDoAll), or what MiniCRM takes for the
// default if status is "". It asks for a further page only where a full one holds less than Count says: the manual gives
// pages to all lists, its chapter on tasks is silent about them. Source: MiniCRM Integrations Manual, "Search for to-dos".
func (c *Client) ToDoList(ctx context.Context, card int64, status string) (ToDoList, error) {
	list, err := c.todoPage(ctx, card, status, 0)
	if err != nil {
		return ToDoList{}, err
	}
	seen := map[int64]bool{}
	for _, row := range list.Rows {
		seen[row.ID] = true
	}
	for number, full := 1, len(list.Rows) == pageRows; full && len(list.Rows) < list.Count; number++ {
		page, err := c.todoPage(ctx, card, status, number)
		if err != nil {
			return ToDoList{}, err
		}
		before := len(list.Rows)
		for _, row := range page.Rows {
			if !seen[row.ID] {
				seen[row.ID] = true
				list.Rows = append(list.Rows, row)
			}
		}
		full = len(page.Rows) == pageRows && len(list.Rows) > before // else there are no pages
	}
	return list, nil
}

func (c *Client) todoPage(ctx context.Context, card int64, status string, number int) (ToDoList, error) {
	q := query{url.Values{}}
	q.text("Status", status)
	if number > 0 {
		q.Set("Page", strconv.Itoa(number))
	}
	return read(ctx, c, todoListEndpoint, todoListEndpoint+"/"+strconv.FormatInt(card, 10), q.Values, todoList)
}

func todoList(v value) (ToDoList, error) {
	count, rows, err := decodeList(v)
	if err != nil {
		return ToDoList{}, err
	}
	list := ToDoList{Count: count, Rows: make([]ToDoRow, 0, len(rows))}
	for _, r := range rows {
		list.Rows = append(list.Rows, ToDoRow{
			ID:       r.id,
			Status:   r.field("Status").string(),
			Comment:  r.field("Comment").string(),
			Deadline: r.field("Deadline").date(),
			UserID:   r.field("UserId").string(),
			Type:     r.field("Type").string(),
			URL:      r.field("Url").string(),
		})
	}
	return list, nil
}

// ToDo returns a task by id.
func (c *Client) ToDo(ctx context.Context, id int64) (ToDo, error) {
	return read(ctx, c, todoEndpoint, todoEndpoint+"/"+strconv.FormatInt(id, 10), nil, todo)
}

func todo(v value) (ToDo, error) {
	r, err := record("", v)
	if err != nil {
		return ToDo{}, err
	}
	n := numbers{of: v}
	t := ToDo{
		ID:           r.id,
		ProjectID:    n.field("ProjectId"),
		ContactID:    n.field("ContactId"),
		AddressID:    n.field("AddressId"),
		UserID:       v.field("UserId").string(),
		SenderUserID: v.field("SenderUserId").string(),
		Type:         v.field("Type").string(),
		Mode:         v.field("Mode").string(),
		Status:       v.field("Status").string(),
		Comment:      v.field("Comment").string(),
		Deadline:     v.field("Deadline").date(),
		Duration:     n.minutes("Duration"),
		Reminder:     n.minutes("Reminder"),
		CreatedBy:    v.field("CreatedBy").string(),
		CreatedAt:    v.field("CreatedAt").date(),
		UpdatedBy:    v.field("UpdatedBy").string(),
		UpdatedAt:    v.field("UpdatedAt").date(),
		ClosedBy:     v.field("ClosedBy").string(),
		ClosedAt:     v.field("ClosedAt").date(),
		Values:       values(v),
	}
	if n.err != nil {
		return ToDo{}, n.err
	}
	for _, a := range v.field("Attachments").records("FileName") {
		t.Attachments = append(t.Attachments, ToDoAttachment{FileName: a.field("FileName").string(), URL: a.field("Url").string()})
	}
	for _, m := range v.field("Members").records("Entity") {
		t.Members = append(t.Members, ToDoMember{Entity: m.field("Entity").string(), EntityID: m.field("EntityId").string()})
	}
	for _, note := range v.field("Notes").records("Comment") {
		t.Notes = append(t.Notes, ToDoNote{
			Comment:   note.field("Comment").string(),
			CreatedBy: note.field("CreatedBy").string(),
			CreatedAt: note.field("CreatedAt").date(),
		})
	}
	return t, nil
}

// ToDoInput is what to write into a task. What is empty or 0 is left out and so left alone in MiniCRM; only Fields are
// written even if they are empty. Source: MiniCRM Integrations Manual, "Create a new to-do".
type ToDoInput struct {
	ProjectID          int64  // of a new task only, required
	UserID             string // id or name
	Type               string // id or label
	Comment            string
	Deadline           time.Time
	Duration, Reminder time.Duration // full minutes count
	AddressID          int64
	Attachments        []string // web addresses that MiniCRM downloads, 24 MB together; they add to those that are there
	Members            []ToDoMember
	Status             string // ToDoOpen, ToDoClosed
	Fields             []FeedField
}

func (c *Client) todoBody(in ToDoInput) *body {
	b := new(body)
	b.number("ProjectId", in.ProjectID)
	b.choice("UserId", in.UserID)
	b.choice("Type", in.Type)
	b.text("Comment", in.Comment)
	if !in.Deadline.IsZero() {
		b.text("Deadline", in.Deadline.In(c.o.Zone).Format(time.DateTime))
	}
	b.minutes("Duration", in.Duration)
	b.minutes("Reminder", in.Reminder)
	b.number("AddressId", in.AddressID)
	b.text("Attachments", strings.Join(in.Attachments, ",")) // the manual wants no space there
	if len(in.Members) > 0 {
		b.set("Members", in.Members)
	}
	b.text("Status", in.Status)
	b.fields(in.Fields)
	return b
}

var (
	errNoCard     = errors.New("making a task in MiniCRM: it needs a card")
	errCardMoves  = errors.New("changing a task in MiniCRM: its card can't be changed")
	errAttachment = errors.New("writing a task in MiniCRM: an attachment's address must be without commas and blanks")
)

// checkAttachments finds what would be read as two addresses.
func checkAttachments(addresses []string) error {
	for _, address := range addresses {
		if address == "" || strings.ContainsAny(address, ", \t\r\n") {
			return errAttachment
		}
	}
	return nil
}

// CreateToDo makes a task on a card and returns its id. It is sent by PUT, as live systems want it and the manual's own
// example shows; the manual's text says POST, so that a system that answers with MethodNotAllowed is not one that was
// seen before. After a Silence the task may be there all the same.
func (c *Client) CreateToDo(ctx context.Context, in ToDoInput) (int64, error) {
	if in.ProjectID == 0 {
		return 0, errNoCard
	}
	if err := checkAttachments(in.Attachments); err != nil {
		return 0, err
	}
	return c.put(ctx, todoEndpoint, 0, c.todoBody(in))
}

// UpdateToDo changes a task that is open; Status ToDoClosed closes it for good.
func (c *Client) UpdateToDo(ctx context.Context, id int64, in ToDoInput) error {
	if in.ProjectID != 0 {
		return errCardMoves
	}
	if err := checkAttachments(in.Attachments); err != nil {
		return err
	}
	return c.change(ctx, todoEndpoint, id, c.todoBody(in))
}

// minutes reads a number of minutes.
func (n *numbers) minutes(name string) time.Duration {
	const most = int64(1<<63-1) / int64(time.Minute)
	m := n.field(name)
	if (m < -most || m > most) && n.err == nil {
		n.err = fmt.Errorf("reading %s: it is too large", name)
		return 0
	}
	return time.Duration(m) * time.Minute
}

package minicrm_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"punte/minicrm"
)

// written starts a system that answers every request with text and notes what it got.
func written(t *testing.T, text string) (got *[]string, client *minicrm.Client) {
	got = new([]string)
	_, client = system(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if kind := r.Header.Get("Content-Type"); kind != "application/json; charset=utf-8" {
			t.Errorf("%s %s came with the Content-Type %q", r.Method, r.URL, kind)
		}
		*got = append(*got, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		io.WriteString(w, text)
	})
	return got, client
}

func TestWhatIsWrittenIsWhatMiniCRMReads(t *testing.T) {
	yes, no := true, false
	tests := []struct {
		name string
		call func(ctx context.Context, c *minicrm.Client) (int64, error)
		want string
	}{
		{"a new card", func(ctx context.Context, c *minicrm.Client) (int64, error) {
			return c.CreateProject(ctx, minicrm.ProjectInput{
				CategoryID: 31, ContactID: 811, BusinessID: 813, StatusID: "Új \"gyors\"", UserID: "64", Name: "Kovács & Fia",
				Fields: []minicrm.FeedField{{Name: "Text1105", Value: "a\nb"}, {Name: "Torolt", Value: ""}},
			})
		}, `PUT /Api/R3/Project {"CategoryId":31,"ContactId":811,"BusinessId":813,"StatusId":"Új \"gyors\"","UserId":64,"Name":"Kovács \u0026 Fia","Text1105":"a\nb","Torolt":""}`},
		{"a changed card", func(ctx context.Context, c *minicrm.Client) (int64, error) {
			return 256, c.UpdateProject(ctx, 256, minicrm.ProjectInput{StatusID: "2813", UserID: "007"})
		}, `PUT /Api/R3/Project/256 {"StatusId":2813,"UserId":"007"}`},
		{"a card to Trash", func(ctx context.Context, c *minicrm.Client) (int64, error) {
			return 256, c.TrashProject(ctx, 256)
		}, `PUT /Api/R3/Project/256 {"Deleted":1}`},
		{"a card from Trash", func(ctx context.Context, c *minicrm.Client) (int64, error) {
			return 256, c.RestoreProject(ctx, 256)
		}, `PUT /Api/R3/Project/256 {"Deleted":0}`},
		{"a new person", func(ctx context.Context, c *minicrm.Client) (int64, error) {
			return c.CreateContact(ctx, minicrm.ContactInput{
				Type: minicrm.ContactPerson, FirstName: "Réka", LastName: "Kovács", BusinessID: 813, Email: "reka@example.hu",
				EmailType: "Munkahelyi", Phone: "+36305550123", PhoneType: "Mobil", Description: "x", Fields: []minicrm.FeedField{{Name: "Position", Value: "jegyző"}},
			})
		}, `PUT /Api/R3/Contact {"Type":"Person","FirstName":"Réka","LastName":"Kovács","BusinessId":813,"Email":"reka@example.hu","EmailType":"Munkahelyi","Phone":"+36305550123","PhoneType":"Mobil","Description":"x","Position":"jegyző"}`},
		{"a stock item to hide", func(ctx context.Context, c *minicrm.Client) (int64, error) {
			return c.PutStockItem(ctx, minicrm.StockItem{SKU: "A-1", Name: "Fagyi", PriceNet: "100", CurrencyCode: "HUF", UnitName: "db", VAT: "27%", FolderName: "F", Deleted: &yes})
		}, `PUT /Api/R3/Product {"Name":"Fagyi","SKU":"A-1","PriceNet":"100","CurrencyCode":"HUF","UnitName":"db","VAT":"27%","FolderName":"F","Deleted":1}`},
		{"a new company", func(ctx context.Context, c *minicrm.Client) (int64, error) {
			return c.CreateContact(ctx, minicrm.ContactInput{Type: minicrm.ContactBusiness, Name: "Fagyi Kft."})
		}, `PUT /Api/R3/Contact {"Type":"Business","Name":"Fagyi Kft."}`},
		{"a changed contact", func(ctx context.Context, c *minicrm.Client) (int64, error) {
			return 256, c.UpdateContact(ctx, 256, minicrm.ContactInput{Phone: "+40722555019"})
		}, `PUT /Api/R3/Contact/256 {"Phone":"+40722555019"}`},
		{"a new address", func(ctx context.Context, c *minicrm.Client) (int64, error) {
			return c.CreateAddress(ctx, minicrm.AddressInput{
				ContactID: 811, Name: "Raktár", Type: "Telephely", CountryID: "Magyarország", County: "Csongrád", City: "Szeged",
				PostalCode: "6720", Address: "Kárász utca 2.", Default: &yes, Fields: []minicrm.FeedField{{Name: "Megjegyzes", Value: "hátul"}},
			})
		}, `PUT /Api/R3/Address {"ContactId":811,"Type":"Telephely","Name":"Raktár","CountryId":"Magyarország","County":"Csongrád","City":"Szeged","PostalCode":"6720","Address":"Kárász utca 2.","Default":1,"Megjegyzes":"hátul"}`},
		{"a changed address", func(ctx context.Context, c *minicrm.Client) (int64, error) {
			return 256, c.UpdateAddress(ctx, 256, minicrm.AddressInput{City: "Arad", Default: &no})
		}, `PUT /Api/R3/Address/256 {"City":"Arad","Default":0}`},
		{"a new task", func(ctx context.Context, c *minicrm.Client) (int64, error) {
			return c.CreateToDo(ctx, minicrm.ToDoInput{
				ProjectID: 9102, UserID: "Kiss Ilona", Type: "1566", Comment: "Hívd fel", Deadline: time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC),
				Duration: 90*time.Minute + 30*time.Second, Reminder: time.Hour, AddressID: 307, Status: minicrm.ToDoOpen,
				Attachments: []string{"https://bolt.example.hu/1.pdf", "https://bolt.example.hu/2.pdf"},
				Members:     []minicrm.ToDoMember{{Entity: "User", EntityID: "64"}}, Fields: []minicrm.FeedField{{Name: "ContactId", Value: "811"}},
			})
		}, `PUT /Api/R3/ToDo {"ProjectId":9102,"UserId":"Kiss Ilona","Type":1566,"Comment":"Hívd fel","Deadline":"2026-07-02 00:30:00","Duration":90,"Reminder":60,"AddressId":307,` +
			`"Attachments":"https://bolt.example.hu/1.pdf,https://bolt.example.hu/2.pdf","Members":[{"Entity":"User","EntityId":"64"}],"Status":"Open","ContactId":"811"}`},
		{"a closed task", func(ctx context.Context, c *minicrm.Client) (int64, error) {
			return 256, c.UpdateToDo(ctx, 256, minicrm.ToDoInput{Status: minicrm.ToDoClosed})
		}, `PUT /Api/R3/ToDo/256 {"Status":"Closed"}`},
	}
	for _, tt := range tests {
		for _, answer := range []string{`{"Id":256}`, `{"Id":"256"}`, "\ufeff{\"Id\": \"256\"}\n"} {
			got, client := written(t, answer)
			id, err := tt.call(t.Context(), client)
			if err != nil || id != 256 {
				t.Errorf("%s answered %s = %d, %v; want 256", tt.name, answer, id, err)
			}
			if diff := cmp.Diff([]string{tt.want}, *got); diff != "" {
				t.Errorf("%s was written differently (-want +got):\n%s", tt.name, diff)
			}
		}
	}
}

func TestAWriteWithoutAnIDInItsAnswerIsMalformed(t *testing.T) {
	for _, answer := range []string{``, `{}`, `[]`, `{"Id":0}`, `{"Id":"x"}`, `{"Id":7}`, `256`, `null`} {
		_, client := written(t, answer)
		err := client.TrashProject(t.Context(), 256)
		if e, ok := errors.AsType[*minicrm.Error](err); !ok || e.Kind != minicrm.Malformed {
			t.Errorf("TrashProject(256) answered %s = %v; want a Malformed", answer, err)
		}
	}
}

func TestWhatMiniCRMWouldRefuseIsNotSent(t *testing.T) {
	tests := map[string]func(ctx context.Context, c *minicrm.Client) error{
		"a card without module": func(ctx context.Context, c *minicrm.Client) error {
			_, err := c.CreateProject(ctx, minicrm.ProjectInput{ContactID: 1})
			return err
		},
		"a card without contact": func(ctx context.Context, c *minicrm.Client) error {
			_, err := c.CreateProject(ctx, minicrm.ProjectInput{CategoryID: 1})
			return err
		},
		"a card to another module": func(ctx context.Context, c *minicrm.Client) error {
			return c.UpdateProject(ctx, 5, minicrm.ProjectInput{CategoryID: 1})
		},
		"a card without id, which would be a new one": func(ctx context.Context, c *minicrm.Client) error {
			return c.UpdateProject(ctx, 0, minicrm.ProjectInput{Name: "x"})
		},
		"no change at all": func(ctx context.Context, c *minicrm.Client) error {
			return c.UpdateProject(ctx, 5, minicrm.ProjectInput{})
		},
		"a contact of no type": func(ctx context.Context, c *minicrm.Client) error {
			_, err := c.CreateContact(ctx, minicrm.ContactInput{Name: "x", FirstName: "y"})
			return err
		},
		"a contact of an id for a type": func(ctx context.Context, c *minicrm.Client) error {
			_, err := c.CreateContact(ctx, minicrm.ContactInput{Type: "2", Name: "x", FirstName: "y"})
			return err
		},
		"a person without name": func(ctx context.Context, c *minicrm.Client) error {
			_, err := c.CreateContact(ctx, minicrm.ContactInput{Type: minicrm.ContactPerson, Name: "x"})
			return err
		},
		"a company without name": func(ctx context.Context, c *minicrm.Client) error {
			_, err := c.CreateContact(ctx, minicrm.ContactInput{Type: minicrm.ContactBusiness, LastName: "x"})
			return err
		},
		"a company of a company": func(ctx context.Context, c *minicrm.Client) error {
			_, err := c.CreateContact(ctx, minicrm.ContactInput{Type: minicrm.ContactBusiness, Name: "x", BusinessID: 3})
			return err
		},
		"a person who becomes a company": func(ctx context.Context, c *minicrm.Client) error {
			return c.UpdateContact(ctx, 5, minicrm.ContactInput{Type: minicrm.ContactBusiness})
		},
		"an address of nobody": func(ctx context.Context, c *minicrm.Client) error {
			_, err := c.CreateAddress(ctx, minicrm.AddressInput{Name: "x"})
			return err
		},
		"an address without name": func(ctx context.Context, c *minicrm.Client) error {
			_, err := c.CreateAddress(ctx, minicrm.AddressInput{ContactID: 1})
			return err
		},
		"a task without card": func(ctx context.Context, c *minicrm.Client) error {
			_, err := c.CreateToDo(ctx, minicrm.ToDoInput{Comment: "x"})
			return err
		},
		"a task to another card": func(ctx context.Context, c *minicrm.Client) error {
			return c.UpdateToDo(ctx, 5, minicrm.ToDoInput{ProjectID: 1})
		},
		"an attachment that would be two": func(ctx context.Context, c *minicrm.Client) error {
			_, err := c.CreateToDo(ctx, minicrm.ToDoInput{ProjectID: 1, Attachments: []string{"https://a.example/,b"}})
			return err
		},
		"an unknown action": func(ctx context.Context, c *minicrm.Client) error {
			_, err := c.MoveOrder(ctx, 5, "DeleteItem/7")
			return err
		},
		"an order without id": func(ctx context.Context, c *minicrm.Client) error {
			_, err := c.MoveOrder(ctx, 0, minicrm.ActionPaid)
			return err
		},
		"no field of an order": func(ctx context.Context, c *minicrm.Client) error {
			_, err := c.SetOrderFields(ctx, 5, nil)
			return err
		},
	}
	for name, call := range tests {
		got, client := written(t, `{"Id":5}`)
		if err := call(t.Context(), client); err == nil || len(*got) != 0 {
			t.Errorf("%s = %v, sent %q; want an error and nothing sent", name, err, *got)
		}
	}
}

func TestOrdersMoveByPost(t *testing.T) {
	actions := []minicrm.OrderAction{
		minicrm.ActionFinalize, minicrm.ActionEdit, minicrm.ActionComplete, minicrm.ActionPaid, minicrm.ActionStorno,
	}
	got, client := written(t, `{"Id":"83"}`)
	for _, action := range actions {
		answer, err := client.MoveOrder(t.Context(), 83, action)
		if want := (minicrm.Answer{Status: 200, Text: `{"Id":"83"}`}); err != nil || answer != want {
			t.Errorf("MoveOrder(83, %s) = %+v, %v; want %+v", action, answer, err, want)
		}
	}
	fields := []minicrm.FeedField{{Name: "StatusUnas", Value: "Feladva"}, {Name: "AWB", Value: ""}}
	if _, err := client.SetOrderFields(t.Context(), 83, fields); err != nil {
		t.Errorf("SetOrderFields(83) = %v", err)
	}
	want := []string{
		"POST /Api/Order/83/Finalize {}", "POST /Api/Order/83/Edit {}", "POST /Api/Order/83/Complete {}", "POST /Api/Order/83/Paid {}",
		"POST /Api/Order/83/Storno {}", `POST /Api/Order/83/Project {"StatusUnas":"Feladva","AWB":""}`,
	}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Errorf("moving differs (-want +got):\n%s", diff)
	}
}

func TestAMoveThatTheStateForbidsIsNoWrongMethod(t *testing.T) {
	_, client := system(t, says(405, "Order (POST): Method not allowed"))
	_, err := client.MoveOrder(t.Context(), 83, minicrm.ActionPaid)
	e, ok := errors.AsType[*minicrm.Error](err)
	if !ok || e.Kind != minicrm.NotAllowed || e.Temporary() || e.Message != "Method not allowed" {
		t.Errorf("MoveOrder() answered 405 = %v; want NotAllowed", err)
	}
	_, err = client.SetOrderFields(t.Context(), 83, []minicrm.FeedField{{Name: "A", Value: "b"}})
	if e, ok := errors.AsType[*minicrm.Error](err); !ok || e.Kind != minicrm.MethodNotAllowed {
		t.Errorf("SetOrderFields() answered 405 = %v; want MethodNotAllowed", err)
	}
}

func TestATaskIsMadeByPutAndAsksNoOtherWay(t *testing.T) {
	s, client := system(t, says(405, "ToDo (PUT): A metódus nem engedélyezett!"))
	_, err := client.CreateToDo(t.Context(), minicrm.ToDoInput{ProjectID: 9102})
	if e, ok := errors.AsType[*minicrm.Error](err); !ok || e.Kind != minicrm.MethodNotAllowed || e.Endpoint != "ToDo" || e.Method != "PUT" {
		t.Errorf("CreateToDo() answered 405 = %+v; want MethodNotAllowed of ToDo (PUT)", err)
	}
	if asked := s.asked(); len(asked) != 1 || asked[0] != "PUT /Api/R3/ToDo" {
		t.Errorf("asked %q; want one PUT", asked)
	}
}

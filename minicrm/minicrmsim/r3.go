package minicrmsim

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// r3 answers what stands under /Api/R3. What a call changed is noticed for the
// webhooks before the next one can change it again.
func (c *CRM) r3(k call) (any, error) {
	body, err := c.r3Call(k)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noticeChanges()
	return body, err
}

// r3Call dispatches. Reading the body comes first in each handler that writes,
// so that a slow caller never holds the lock.
func (c *CRM) r3Call(k call) (any, error) {
	switch k.part(1) {
	case "Category":
		return c.reading(k, c.category)
	case "Schema":
		return c.reading(k, c.schemaCall)
	case "Project":
		return c.entity(k, c.findProjects, c.projectDetail, c.putProject)
	case "Contact":
		return c.entity(k, c.findContacts, c.contactDetail, c.putContact)
	case "Address":
		return c.entity(k, nil, c.addressDetail, c.putAddress)
	case "AddressList":
		return c.reading(k, c.addressList)
	case "ToDo":
		return c.todoCall(k)
	case "ToDoList":
		return c.reading(k, c.todoList)
	case "PurgePerson":
		return c.purgePerson(k)
	case "Product":
		return c.putProduct(k)
	case "EmailList":
		return c.reading(k, c.emailList)
	case "TemplateList":
		return c.reading(k, c.templateList)
	case "Template":
		return c.reading(k, c.templateDetail)
	case "ProjectHistory":
		return c.reading(k, c.projectHistory)
	case "CreateProjectConnection", "UpdateProjectConnection", "DeleteProjectConnection":
		return c.changeLink(k)
	case "ListProjectConnection":
		return c.reading(k, c.listLinks)
	}
	return nil, c.notFound()
}

func (c *CRM) reading(k call, read func(call) (any, error)) (any, error) {
	if k.method != http.MethodGet {
		return nil, c.notAllowed()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return read(k)
}

// entity is the common shape of R3: GET without an id searches, GET with one
// shows, PUT creates and updates.
func (c *CRM) entity(
	k call, find func(call) (any, error), show func(int64) (any, error),
	put func(id int64, sent map[string]string) (int64, error),
) (any, error) {
	id := k.id(2)
	if !k.names(2) {
		return nil, c.notFound()
	}
	switch {
	case k.method == http.MethodPut:
		sent, err := c.fieldsOf(k)
		if err != nil {
			return nil, err
		}
		if sent["Id"] == "0" || sent["Id"] == "" || sent["Id"] == wireID(id) {
			delete(sent, "Id")
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		written, err := put(id, sent)
		if err != nil {
			return nil, err
		}
		return object{{"Id", written}}, nil
	case k.method != http.MethodGet:
		return nil, c.notAllowed()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if id != 0 {
		return show(id)
	}
	if find == nil {
		return nil, c.notFound()
	}
	return find(k)
}

func (c *CRM) category(k call) (any, error) {
	all := object{}
	for _, m := range c.modules {
		if m.trashed {
			continue
		}
		key := strconv.FormatInt(m.id, 10)
		if k.query.Get("Detailed") != "1" {
			all = all.with(key, m.name)
			continue
		}
		inner := int64(m.rank) // not the key, as in MiniCRM's own example
		if c.o.Switches.SameCategoryIDs {
			inner = m.id
		}
		all = all.with(key, object{
			{"Id", inner},
			{"OrderId", m.rank},
			{"Name", m.name},
			{"Type", m.typ},
			{"SenderName", c.users[0].Name},
			{"SenderEmail", "sender@example.com"},
			{"Phone", ""},
		})
	}
	return all, nil
}

func (c *CRM) schemaCall(k call) (any, error) {
	switch k.part(2) {
	case "Person":
		return c.persons.schema(object{
			{"Id", "Int"},
			{"BusinessId", "Int"},
			{"ParentId", "Int"},
			{"FirstName", "Text(255)"},
			{"LastName", "Text(255)"},
		}), nil
	case "Business":
		return c.businesses.schema(object{
			{"Id", "Int"},
			{"BusinessId", "Int"},
			{"ParentId", "Int"},
			{"Name", "Text(1000)"},
		}), nil
	case "Project":
		if m := c.module(k.id(3)); m != nil && !m.trashed {
			return c.projectSchema(m), nil
		}
	}
	return nil, c.notFound()
}

// pageSize is the number of rows of every list.
const pageSize = 100

// lastPage is a page that no list reaches; numbers above it are as empty.
const lastPage = math.MaxInt32

// pageOf reads the Page parameter, 0 for the first.
func (c *CRM) pageOf(k call) (int, error) {
	text := k.query.Get("Page")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, c.bad(sayBadParameter, "Page")
	}
	return min(n, lastPage), nil
}

// sinceOf reads UpdatedSince in the form that times are stored in; comparing
// texts is comparing local times, as the service itself does.
func (c *CRM) sinceOf(k call) (string, error) {
	text := k.query.Get("UpdatedSince")
	if text == "" {
		return "", nil
	}
	since, ok := parseTime(text, time.UTC) // no zone: in spring it would move an hour that there is not
	if !ok {
		return "", c.bad(sayBadParameter, "UpdatedSince")
	}
	return since.Format(wireTime), nil
}

// since says whether a modification is late enough for UpdatedSince.
func (c *CRM) since(updated, since string) bool {
	if c.o.Switches.UpdatedSinceExclusive {
		return updated > since
	}
	return updated >= since
}

// unknown is the answer to a parameter or field that there is not, nil if the
// system passes over it.
func (c *CRM) unknown(name string) error {
	if c.o.Switches.UnknownParameterIgnored {
		return nil
	}
	return c.bad(sayBadParameter, name)
}

// rowID prints an id in a list of R3.
func (c *CRM) rowID(id int64) any {
	if c.o.Switches.R3IDsAsStrings {
		return wireID(id)
	}
	return id
}

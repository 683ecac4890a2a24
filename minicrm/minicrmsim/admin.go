package minicrmsim

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// An adminEdit is what an administrator changes about a module: the body of POST
// /_sim/module. What a module was begun with stands in its seed; these come on top, in
// their order, and are kept with the world.
type adminEdit struct {
	Category     int64         `json:"category"`
	Trashed      *bool         `json:"trashed,omitempty"`       // into the Trash, or back
	RemoveField  string        `json:"remove_field,omitempty"`  // its values stay on the cards, unseen
	AddField     *SeedField    `json:"add_field,omitempty"`     // one of that name shows the old values again
	RenameStatus *renameStatus `json:"rename_status,omitempty"` // the id stays
	Users        []int64       `json:"users,omitempty"`         // who has access from now on; cards keep their owners
}

type renameStatus struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// editModule changes a module as an administrator does.
func (c *CRM) editModule(body io.Reader) error {
	var edit adminEdit
	if err := readControl(body, &edit); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.administer(edit); err != nil {
		return err
	}
	c.edits = append(c.edits, edit)
	return nil
}

// administer makes an edit, or none of it.
func (c *CRM) administer(edit adminEdit) error {
	m := c.module(edit.Category)
	if m == nil {
		return fmt.Errorf("there is no module %d", edit.Category)
	}
	if err := m.checkEdit(edit); err != nil {
		return fmt.Errorf("module %d: %w", m.id, err)
	}
	for _, id := range edit.Users {
		if c.userName(id) == "" {
			return fmt.Errorf("module %d: there is no user %d", m.id, id)
		}
	}
	if edit.Trashed != nil {
		m.trashed = *edit.Trashed
	}
	if edit.RemoveField != "" {
		m.fields = slices.DeleteFunc(m.fields, func(f *field) bool { return f.name == edit.RemoveField })
		delete(m.byName, edit.RemoveField)
	}
	if f := edit.AddField; f != nil {
		m.add(&field{name: f.Name, typ: f.Type, set: f.Set, options: f.Options, required: f.Required})
	}
	if edit.RenameStatus != nil {
		m.status(edit.RenameStatus.ID).name = edit.RenameStatus.Name
	}
	if edit.Users != nil {
		m.users = edit.Users
	}
	return nil
}

func (m *module) checkEdit(edit adminEdit) error {
	if edit.RemoveField != "" && m.byName[edit.RemoveField] == nil {
		return fmt.Errorf("there is no field %s", edit.RemoveField)
	}
	if f := edit.AddField; f != nil {
		if m.byName[f.Name] != nil && f.Name != edit.RemoveField {
			return fmt.Errorf("there is a field %s already", f.Name)
		}
		if err := errors.Join(checkFields([]SeedField{*f})...); err != nil {
			return err
		}
	}
	if r := edit.RenameStatus; r != nil && (m.status(r.ID) == nil || r.Name == "") {
		return fmt.Errorf("there is no status %d, or no name for it", r.ID)
	}
	return nil
}

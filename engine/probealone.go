package engine

import (
	"context"
	"strings"
	"time"

	"punte"
	"punte/minicrm"
)

// probeDead is how long a probe may be silent on the account before it is taken for dead.
const probeDead = 10 * time.Minute

// alone says whether a probe goes on that this database knows nothing of: it would put
// our cards to the Trash, and we its. MiniCRM tells by cards with the mark that changed
// lately and are none of ours. Of two that begin at once the one goes on whose cards
// MiniCRM made first.
func (p *prober) alone(ctx context.Context) error {
	rows, err := p.projects(ctx, minicrm.ProjectFilter{
		CategoryID: p.conn.WebshopCategory, Query: probeMark, UpdatedSince: p.crm.Now().Add(-probeDead),
	})
	if isRefusal(err) {
		return nil
	}
	if err != nil {
		return err
	}
	foreign := map[int64]bool{}
	for _, row := range rows {
		if strings.Contains(row.Name, probeName) && !row.Deleted {
			foreign[row.ID] = true
		}
	}
	for _, ours := range p.cards { // none at the beginning
		for id := range foreign {
			if id >= ours {
				delete(foreign, id)
			}
		}
	}
	for _, stamp := range p.dirty {
		if len(foreign) == 0 {
			break
		}
		if err := p.disown(ctx, stamp, foreign); err != nil {
			return err
		}
	}
	if len(foreign) == 0 {
		return nil
	}
	p.yields = true
	return punte.Errorf(punte.Conflict, "another probe of this MiniCRM system goes on from another database: %d of its test cards changed in the last ten minutes; wait until it has ended, or ten minutes if its process was killed", len(foreign))
}

// disown takes the cards of an earlier probe of this database from the foreign ones.
func (p *prober) disown(ctx context.Context, stamp string, foreign map[int64]bool) error {
	ids, err := p.externals(ctx, stamp)
	if err != nil {
		return err
	}
	for _, name := range testCards {
		err := p.try(ctx, func() error {
			card, found, err := p.crm.ProjectByReferenceIn(ctx, p.conn.WebshopCategory, ids[name])
			if found {
				delete(foreign, card.ID)
			}
			return err
		})
		if err != nil && !isRefusal(err) {
			return err
		}
	}
	return nil
}

package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"punte"
)

// RefAsk asks for the id under which MiniCRM knows a thing of ours.
type RefAsk struct {
	Kind   string // such as card or item; ids are unique within a kind
	Source string // what the thing is, such as "guest:" and an address
	// Candidate returns the id to try first, with 0, and after clashes with 1, 2, ...
	Candidate func(try int) int64
}

// RefID answers a RefAsk.
type RefID struct {
	ID    int64
	Clash bool // another thing had the first candidate
}

// Ref returns the id of one thing; see Refs.
func (s *Store) Ref(ctx context.Context, account, kind, source string, candidates func(try int) int64) (id int64, clash bool, err error) {
	ids, err := s.Refs(ctx, account, []RefAsk{{Kind: kind, Source: source, Candidate: candidates}})
	if err != nil {
		return 0, false, err
	}
	return ids[0].ID, ids[0].Clash, nil
}

// tries bounds how often an id is sought for one thing. With 200,000 things about
// four clash once, so none ever clashes this often.
const tries = 20

// Refs returns the ids of things in one MiniCRM account, in the order asked. An id
// that was handed out stays for ever; a new thing gets its first candidate that no
// other thing has. Two things never get one id, however many processes ask.
func (s *Store) Refs(ctx context.Context, account string, asks []RefAsk) ([]RefID, error) {
	doing := "handing out ids in account " + account
	open := map[refKey]RefAsk{} // asked and not known yet
	for _, ask := range asks {
		open[refKey{ask.Kind, ask.Source}] = ask
	}
	known := make(map[refKey]int64, len(open))
	if err := s.knownRefs(ctx, account, open, known); err != nil {
		return nil, failed(doing, err)
	}
	for try := 0; len(open) > 0; try++ {
		if try == tries {
			return nil, punte.Errorf(punte.Internal, "%s: %d things found no free id in %d tries", doing, len(open), tries)
		}
		if err := s.claimRefs(ctx, account, open, try); err != nil {
			return nil, failed(doing, err)
		}
		if err := s.knownRefs(ctx, account, open, known); err != nil {
			return nil, failed(doing, err)
		}
	}
	ids := make([]RefID, 0, len(asks))
	for _, ask := range asks {
		id := known[refKey{ask.Kind, ask.Source}]
		ids = append(ids, RefID{ID: id, Clash: id != ask.Candidate(0)})
	}
	return ids, nil
}

type refKey struct{ kind, source string }

// refsAtOnce is how many things one statement asks about: few statements for a
// page, and few distinct texts for the databases to compile.
const refsAtOnce = 100

// knownRefs moves what has an id from open to known. A row once written never
// changes, so reading it needs no lock.
func (s *Store) knownRefs(ctx context.Context, account string, open map[refKey]RefAsk, known map[refKey]int64) error {
	sources := map[string][]string{}
	for _, key := range sorted(open) {
		sources[key.kind] = append(sources[key.kind], key.source)
	}
	for kind, all := range sources {
		for some := range slices.Chunk(all, refsAtOnce) {
			var text strings.Builder
			text.WriteString("SELECT kind, source, external FROM refs WHERE account = $1 AND kind = $2 AND source IN (")
			args := []any{account, kind}
			for i, source := range some {
				if i > 0 {
					text.WriteString(", ")
				}
				args = append(args, source)
				text.WriteString("$" + strconv.Itoa(len(args)))
			}
			text.WriteString(")")
			if err := s.readRefs(ctx, text.String(), args, open, known); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) readRefs(ctx context.Context, query string, args []any, open map[refKey]RefAsk, known map[refKey]int64) error {
	found, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var key refKey
		var id int64
		if err := found.Scan(&key.kind, &key.source, &id); err != nil {
			return err
		}
		known[key] = id
		delete(open, key)
	}
	return found.Err()
}

// claimRefs writes the candidates of one try. A row that meets a known id or a
// known thing is passed over; knownRefs then tells who won.
func (s *Store) claimRefs(ctx context.Context, account string, open map[refKey]RefAsk, try int) error {
	for some := range slices.Chunk(sorted(open), refsAtOnce) {
		var text strings.Builder
		text.WriteString("INSERT INTO refs (account, kind, external, source) VALUES ")
		args := []any{account}
		for i, key := range some {
			if i > 0 {
				text.WriteString(", ")
			}
			args = append(args, key.kind, open[key].Candidate(try), key.source)
			n := len(args)
			_, _ = fmt.Fprintf(&text, "($1, $%d, $%d, $%d)", n-2, n-1, n)
		}
		text.WriteString(" ON CONFLICT DO NOTHING")
		var err error
		for range attempts {
			if _, err = s.writer.ExecContext(ctx, text.String(), args...); !inTheWay(err) {
				break
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sorted gives every process the same order, so that two of them rarely stand in
// each other's way.
func sorted(open map[refKey]RefAsk) []refKey {
	keys := make([]refKey, 0, len(open))
	for key := range open {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b refKey) int {
		if c := strings.Compare(a.kind, b.kind); c != 0 {
			return c
		}
		return strings.Compare(a.source, b.source)
	})
	return keys
}

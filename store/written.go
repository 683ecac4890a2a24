package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// WrittenOnCards returns what MiniCRM was seen to hold of ours on cards: for each
// card the Written of those of its orders that MiniCRM showed, in no order. A card
// of which it showed none is not in it.
func (s *Store) WrittenOnCards(ctx context.Context, connection string, cards []int64) (map[int64][][]byte, error) {
	doing := "reading what MiniCRM holds of connection " + connection
	written := map[int64][][]byte{}
	for some := range slices.Chunk(cards, refsAtOnce) {
		var text strings.Builder
		text.WriteString("SELECT card, written FROM duties WHERE connection = $1 AND shown > 0 AND card IN (")
		args := []any{connection}
		for i, card := range some {
			if i > 0 {
				text.WriteString(", ")
			}
			args = append(args, card)
			text.WriteString("$" + strconv.Itoa(len(args)))
		}
		text.WriteString(")")
		if err := s.readWritten(ctx, text.String(), args, written); err != nil {
			return nil, failed(doing, err)
		}
	}
	return written, nil
}

func (s *Store) readWritten(ctx context.Context, query string, args []any, written map[int64][][]byte) error {
	found, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var card int64
		var note string
		if err := found.Scan(&card, &note); err != nil {
			return fmt.Errorf("reading a note: %w", err)
		}
		written[card] = append(written[card], text(note))
	}
	return found.Err()
}

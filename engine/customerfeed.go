package engine

import (
	"bytes"

	"punte/minicrm"
	"punte/store"
)

// feedOf writes cards without orders as one document.
func feedOf(parts []cardPart) ([]byte, []store.Handover, error) {
	var out bytes.Buffer
	feed := minicrm.NewFeedWriter(&out)
	hand := make([]store.Handover, 0, len(parts))
	for _, part := range parts {
		if err := feed.WriteProject(part.project); err != nil {
			return nil, nil, err
		}
		hand = append(hand, part.handover())
	}
	if err := feed.Close(); err != nil {
		return nil, nil, err
	}
	return out.Bytes(), hand, nil
}

// Package web serves what others fetch from Punte: for now the documents that
// MiniCRM downloads.
package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"punte"
	"punte/engine"
)

// publishedAddresses are those MiniCRM's downloads come from. Source: MiniCRM help
// page "XML sync", and the allow-list of MiniCRM's WooCommerce plugin 1.5.28.
const publishedAddresses = "195.228.75.201-195.228.75.204,195.228.75.210,195.228.75.211," +
	"195.228.254.37,195.228.254.41,195.228.254.43,195.228.254.45,195.228.254.46,52.29.36.247"

// AllowList says which addresses may fetch documents.
type AllowList struct{ ranges []addressRange }

type addressRange struct{ from, to netip.Addr }

// ParseAllowList reads addresses, ranges (A-B) and networks (A/N), separated by
// commas. An empty text means MiniCRM's published addresses; "any" means everybody.
func ParseAllowList(text string) (AllowList, error) {
	if strings.TrimSpace(text) == "" {
		text = publishedAddresses
	}
	if strings.TrimSpace(text) == "any" {
		text = "0.0.0.0/0,::/0"
	}
	var list AllowList
	for part := range strings.SplitSeq(text, ",") {
		r, err := parseRange(strings.TrimSpace(part))
		if err != nil {
			return list, err
		}
		list.ranges = append(list.ranges, r)
	}
	return list, nil
}

func parseRange(text string) (addressRange, error) {
	wrong := punte.Errorf(punte.Invalid, "%q is not an address, a range A-B or a network A/N", text)
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return addressRange{prefix.Masked().Addr(), lastOf(prefix)}, nil
	}
	first, last, isRange := strings.Cut(text, "-")
	from, err := netip.ParseAddr(strings.TrimSpace(first))
	if err != nil {
		return addressRange{}, wrong
	}
	if !isRange {
		return addressRange{from, from}, nil
	}
	to, err := netip.ParseAddr(strings.TrimSpace(last))
	if err != nil || to.Less(from) {
		return addressRange{}, wrong
	}
	return addressRange{from, to}, nil
}

// lastOf is the highest address of a network.
func lastOf(p netip.Prefix) netip.Addr {
	bytes := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}

// Allows says whether remote, a host and port, may fetch.
func (l AllowList) Allows(remote string) bool {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	address = address.Unmap().WithZone("")
	for _, r := range l.ranges {
		if !address.Less(r.from) && !r.to.Less(address) && address.Is4() == r.from.Is4() {
			return true
		}
	}
	return false
}

// sendTimeout is longer than MiniCRM waits for a download.
const sendTimeout = 130 * time.Second

// noteTimeout bounds the note that a document was taken.
const noteTimeout = 10 * time.Second

// FeedHandler serves documents under their secret addresses, each until it was
// downloaded whole once.
func FeedHandler(e *engine.Engine, allow AllowList, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+engine.FeedPath+"{secret}", func(w http.ResponseWriter, r *http.Request) {
		if !allow.Allows(r.RemoteAddr) {
			log.WarnContext(r.Context(), "a download was refused", "from", r.RemoteAddr)
			http.Error(w, "this address may not download; the operator can allow it with PUNTE_FEED_ALLOW", http.StatusForbidden)
			return
		}
		if err := sendFeed(e, w, r); err != nil {
			log.WarnContext(r.Context(), "a download failed", "err", err)
		}
	})
	return mux
}

// sendFeed sends the document and notes that it was taken.
func sendFeed(e *engine.Engine, w http.ResponseWriter, r *http.Request) error {
	doc, err := e.Offered(r.Context(), r.PathValue("secret"))
	if punte.ErrorCode(err) == punte.NotFound {
		http.Error(w, "there is no document here, or it was downloaded already", http.StatusNotFound)
		return nil
	}
	if err != nil {
		http.Error(w, "the document can't be read now", http.StatusServiceUnavailable)
		return err
	}
	control := http.NewResponseController(w)
	if err := control.SetWriteDeadline(time.Now().Add(sendTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/xml; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(doc.Body)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	if r.Method == http.MethodHead {
		return nil // whoever only asks whether it is there has not taken it
	}
	if _, err := io.Copy(w, bytes.NewReader(doc.Body)); err != nil {
		return err
	}
	if err := control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	// Whoever has the document whole may hang up at once; it is taken all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), noteTimeout)
	defer cancel()
	return e.Fetched(ctx, doc)
}

package minicrmsim

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

const (
	maxDocument     = 256 << 20 // bytes of a document
	downloadTimeout = 120 * time.Second
)

// A document was accepted and waits for being processed.
type document struct {
	number int
	body   []byte
	due    time.Time
	half   bool // only the first half of its Projects is applied
	log    *DocumentLog
}

// syncFeed receives a document: GET downloads it from Source, POST /Upload
// brings it along. The answer says nothing about its processing.
func (c *CRM) syncFeed(k call, f *fault) (any, error) {
	switches := c.Switches()
	kind, body, err := c.receive(k, switches)
	switch {
	case err == nil:
	case kind == "pull" && switches.DownloadAccepted:
		return rawAnswer(switches.FeedAnswer), nil
	default:
		return nil, err
	}
	if switches.XMLChecked {
		if _, err := readProjects(body); err != nil {
			return nil, c.bad(sayBadXML, err)
		}
	}
	number := c.accept(kind, body, f)
	if switches.FeedAnswer != "" {
		return rawAnswer(switches.FeedAnswer), nil
	}
	return object{{"Id", number}}, nil
}

// receive takes in a document. Kind is "pull" or "push"; with an error it is
// "pull" only if a download failed.
func (c *CRM) receive(k call, s Switches) (kind string, body []byte, err error) {
	switch {
	case len(k.parts) == 2 && k.method == http.MethodGet:
		source := k.query.Get("Source")
		if source == "" {
			return "", nil, c.bad(sayMissing, "Source")
		}
		if body, err = c.download(k.request.Context(), source); err != nil {
			return "pull", nil, &refusal{cmp.Or(s.DownloadStatus, http.StatusBadRequest), c.say(sayNoDownload, err)}
		}
		return "pull", body, nil
	case len(k.parts) == 3 && k.part(2) == "Upload" && !s.NoUpload:
		if k.method != http.MethodPost {
			return "", nil, c.notAllowed()
		}
		if body, err = io.ReadAll(http.MaxBytesReader(nil, k.request.Body, c.maxDocument())); err != nil {
			return "", nil, c.bad(sayBadParameter, "Data (XML)")
		}
		return "push", body, nil
	case len(k.parts) == 2:
		return "", nil, c.notAllowed()
	}
	return "", nil, c.notFound()
}

// maxDocument bounds a document in bytes.
func (c *CRM) maxDocument() int64 { return cmp.Or(c.o.MaxDocument, maxDocument) }

// accept queues a document behind all that are due before it.
func (c *CRM) accept(kind string, body []byte, f *fault) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.documents++
	now := c.now()
	d := &document{number: c.documents, body: body, due: now.Add(c.o.Delay)}
	if f != nil && f.kind == "late" {
		d.due = now.Add(max(10*c.o.Delay, 30*time.Second))
	}
	d.half = f != nil && f.kind == "half"
	d.log = &DocumentLog{
		Document: d.number, Kind: kind, Accepted: c.stamp(now), Bytes: len(body),
		Taken: []int64{}, Refused: []LogLine{}, Notes: []LogLine{},
	}
	c.log = append(c.log, d.log)
	place, _ := slices.BinarySearchFunc(c.queue, d, func(a, b *document) int {
		if a.due.After(b.due) {
			return 1
		}
		return -1
	})
	c.queue = slices.Insert(c.queue, place, d)
	c.awaken()
	return d.number
}

// downloader builds the client that fetches sources.
func (c *CRM) downloader() *http.Client {
	if c.o.Download != nil {
		return &http.Client{Transport: c.o.Download}
	}
	return &http.Client{Transport: &http.Transport{DialContext: c.dialer().DialContext, DisableKeepAlives: true}}
}

// dialer connects to sources. It looks at the address it is about to connect
// to, so neither a name nor a redirect gets round it.
func (c *CRM) dialer() *net.Dialer {
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	if !c.o.AllowPrivateSources {
		dialer.Control = func(_, address string, _ syscall.RawConn) error { return publicOnly(address) }
	}
	return dialer
}

// carrierNetwork is shared by the customers of a provider: private in all but
// name.
var carrierNetwork = netip.MustParsePrefix("100.64.0.0/10")

func publicOnly(address string) error {
	place, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("reading the address %s: %w", address, err)
	}
	ip := place.Addr().Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || carrierNetwork.Contains(ip) {
		return fmt.Errorf("%s is not a public address", ip)
	}
	return nil
}

// download fetches a source within two minutes, from the web through redirects
// and unpacked if it comes packed, or by FTP. A user and a password in its
// address are sent along.
func (c *CRM) download(ctx context.Context, source string) ([]byte, error) {
	address, err := url.Parse(source)
	if err != nil || address.Host == "" {
		return nil, errors.New("the source is no address")
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.o.DownloadTimeout, downloadTimeout))
	defer cancel()
	var file io.ReadCloser
	switch address.Scheme {
	case "http", "https":
		file, err = c.openWeb(ctx, source)
	case "ftp":
		file, err = openFTP(ctx, c.dialer(), address, nil)
	case "ftps":
		file, err = openFTP(ctx, c.dialer(), address, &tls.Config{ServerName: address.Hostname(), MinVersion: tls.VersionTLS12})
	default:
		return nil, errors.New("only http, https, ftp and ftps addresses are fetched")
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	most := c.maxDocument()
	body, err := io.ReadAll(io.LimitReader(file, most+1))
	if int64(len(body)) > most {
		return nil, fmt.Errorf("the document is longer than %d bytes", most)
	}
	if err != nil {
		return nil, fmt.Errorf("downloading: %w", err)
	}
	return body, nil
}

func (c *CRM) openWeb(ctx context.Context, source string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, source, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("preparing the download: %w", err)
	}
	response, err := c.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("the source answered %d", response.StatusCode)
	}
	return response.Body, nil
}

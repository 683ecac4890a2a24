package minicrmsim

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// serveFTP is a server with one file, for the user me with the password
// secret. It returns its address.
func serveFTP(t *testing.T, file string, secure *tls.Config) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wait.Go(func() { answerFTP(t, conn, file, secure) })
		}
	})
	t.Cleanup(wait.Wait)
	t.Cleanup(func() { _ = listener.Close() }) // ends the loop above
	return listener.Addr().String()
}

func answerFTP(t *testing.T, conn net.Conn, file string, secure *tls.Config) {
	t.Helper()
	defer func() { _ = conn.Close() }()
	text := textproto.NewConn(conn)
	data, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = data.Close() }()
	say := func(line string) { _ = text.PrintfLine("%s", line) }
	say("220-Welcome\r\n220 ready")
	for {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		switch line {
		case "AUTH TLS":
			if secure == nil {
				say("550 no")
				continue
			}
			say("234 go on")
			text = textproto.NewConn(tls.Server(conn, secure))
		case "PBSZ 0", "PROT P":
			say("200 fine")
		case "USER me":
			say("331 password")
		case "PASS secret":
			say("230 come in")
		case "TYPE I":
			say("200 binary")
		case "EPSV":
			say(fmt.Sprintf("229 Entering (|||%d|)", data.Addr().(*net.TCPAddr).Port))
		case "RETR out/feed.xml", "RETR cut":
			say("150 coming")
			stream, err := data.Accept()
			if err != nil {
				return
			}
			if secure != nil {
				stream = tls.Server(stream, secure)
			}
			fmt.Fprint(stream, file)
			_ = stream.Close()
			say(map[bool]string{true: "226 done", false: "426 cut"}[line != "RETR cut"])
		case "RETR stuck":
		default:
			say("550 no")
		}
	}
}

func TestASourceMayBeFetchedByFTP(t *testing.T) {
	server := serveFTP(t, feedOf(customer(1)), nil)
	for path, want := range map[string]string{
		"ftp://me:secret@" + server + "/out/feed.xml":    "",
		"ftp://me:wrong@" + server + "/out/feed.xml":     "the server answered 550 to the login",
		"ftp://" + server + "/out/feed.xml":              "the server answered 550 to the login",
		"ftp://me:secret@" + server + "/none":            "sending RETR: 550",
		"ftp://me:secret@" + server + "/cut":             "ending the transfer: 426",
		"ftp://me:secret@" + server + "/stuck":           "deadline exceeded",
		"ftp://me:secret@" + server + "/a%0D%0ADELE+all": "line breaks",
		"ftps://me:secret@" + server + "/out/feed.xml":   "sending AUTH: 550",
		"ftp://me:secret@127.0.0.1:1/":                   "refused",
	} {
		b := start(t, Options{AllowPrivateSources: true, DownloadTimeout: 300 * time.Millisecond})
		address := "/Api/SyncFeed/51432?Source=" + strings.NewReplacer(":", "%3A", "/", "%2F", "%", "%25", "+", "%20").Replace(path)
		if want != "" {
			b.refused("GET", address, "", 400, want)
			continue
		}
		b.want("GET", address, "")
		b.crm.Settle()
		if got := len(b.crm.Cards()); got != 1 {
			t.Errorf("%s: %d cards; want 1", path, got)
		}
	}
	b := start(t, Options{})
	b.refused("GET", "/Api/SyncFeed/51432?Source=ftp%3A%2F%2F"+server+"%2Fx", "", 400, "is not a public address")
	b = start(t, Options{AllowPrivateSources: true, MaxDocument: 10})
	b.refused("GET", "/Api/SyncFeed/51432?Source=ftp%3A%2F%2Fme%3Asecret%40"+server+"%2Fout%2Ffeed.xml", "", 400, "longer than 10 bytes")
}

func TestAnFTPSourceMayBeEncrypted(t *testing.T) {
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	server := serveFTP(t, "the file", web.TLS)
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	address, err := url.Parse("ftps://me:secret@" + server + "/out/feed.xml")
	if err != nil {
		t.Fatal(err)
	}
	file, err := openFTP(t.Context(), new(net.Dialer), address, &tls.Config{ServerName: "127.0.0.1", RootCAs: roots, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got, err := io.ReadAll(file); err != nil || string(got) != "the file" {
		t.Errorf("the file reads %q, %v", got, err)
	}
	b := start(t, Options{AllowPrivateSources: true})
	b.refused("GET", "/Api/SyncFeed/51432?Source=ftps%3A%2F%2Fme%3Asecret%40"+server+"%2Fout%2Ffeed.xml", "", 400, "certificate")
}

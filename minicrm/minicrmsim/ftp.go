package minicrmsim

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
)

// An ftpFetch is one conversation with a server about one file. It knows passive mode, as every server does,
// and TLS for ftps:, agreed upon after connecting.
type ftpFetch struct {
	dialer *net.Dialer
	secure *tls.Config // nil for ftp:
	host   string
	text   *textproto.Conn
}

// ftpStream is the file while it is read, with the connections it came over.
type ftpStream struct {
	io.Reader
	close func() error
}

func (s ftpStream) Close() error { return s.close() }

// openFTP asks a server for the file of an address, over TLS unless secure is
// nil. Without a user in the address it is an anonymous guest.
func openFTP(ctx context.Context, dialer *net.Dialer, address *url.URL, secure *tls.Config) (io.ReadCloser, error) {
	s := &ftpFetch{dialer: dialer, host: address.Hostname(), secure: secure}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(s.host, cmp.Or(address.Port(), "21")))
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // ends whatever waits for the server
	body, err := s.retrieve(ctx, conn, address)
	if err != nil {
		stop()
		_ = conn.Close() // the error before it says more
		return nil, errors.Join(err, ctx.Err())
	}
	return ftpStream{body, func() error {
		stop()
		return errors.Join(body.Close(), conn.Close())
	}}, nil
}

func (s *ftpFetch) retrieve(ctx context.Context, conn net.Conn, address *url.URL) (io.ReadCloser, error) {
	s.text = textproto.NewConn(conn)
	if _, _, err := s.text.ReadResponse(220); err != nil {
		return nil, fmt.Errorf("greeting the server: %w", err)
	}
	if s.secure != nil {
		if _, err := s.command(234, "AUTH TLS"); err != nil {
			return nil, err
		}
		s.text = textproto.NewConn(tls.Client(conn, s.secure))
	}
	if err := s.login(address.User); err != nil {
		return nil, err
	}
	if _, err := s.command(200, "TYPE I"); err != nil {
		return nil, err
	}
	data, err := s.passive(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = data.Close() })
	if _, err := s.command(1, "RETR "+strings.TrimPrefix(address.Path, "/")); err != nil {
		stop()
		_ = data.Close() // the error before it says more
		return nil, err
	}
	return ftpStream{io.MultiReader(data, ftpEnd{s}), func() error {
		stop()
		return data.Close()
	}}, nil
}

func (s *ftpFetch) login(user *url.Userinfo) error {
	name, password := "anonymous", "guest"
	if user != nil {
		name = user.Username()
		password, _ = user.Password()
	}
	code, err := s.command(0, "USER "+name)
	if err == nil && code == 331 {
		code, err = s.command(0, "PASS "+password)
	}
	if err == nil && code != 230 {
		err = fmt.Errorf("the server answered %d to the login", code)
	}
	if err != nil || s.secure == nil {
		return err
	}
	if _, err := s.command(200, "PBSZ 0"); err != nil {
		return err
	}
	_, err = s.command(200, "PROT P")
	return err
}

// passive opens the connection that the file comes over. The server names its
// port; its host is the one we speak to, whatever it says.
func (s *ftpFetch) passive(ctx context.Context) (net.Conn, error) {
	if err := s.text.PrintfLine("EPSV"); err != nil {
		return nil, fmt.Errorf("asking for EPSV: %w", err)
	}
	_, answer, err := s.text.ReadResponse(229)
	if err != nil {
		return nil, fmt.Errorf("asking for EPSV: %w", err)
	}
	_, rest, _ := strings.Cut(answer, "(|||")
	port, _, _ := strings.Cut(rest, "|")
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return nil, fmt.Errorf("reading the port of %q: %w", answer, err)
	}
	conn, err := s.dialer.DialContext(ctx, "tcp", net.JoinHostPort(s.host, port))
	if err != nil || s.secure == nil {
		return conn, err
	}
	return tls.Client(conn, s.secure), nil
}

// command sends a line and reads its answer; expected 0 takes any.
func (s *ftpFetch) command(expected int, line string) (int, error) {
	if strings.ContainsAny(line, "\r\n") {
		return 0, errors.New("an address cannot have line breaks")
	}
	verb, _, _ := strings.Cut(line, " ") // the rest may be a password
	if err := s.text.PrintfLine("%s", line); err != nil {
		return 0, fmt.Errorf("sending %s: %w", verb, err)
	}
	code, _, err := s.text.ReadResponse(expected)
	if err != nil {
		return code, fmt.Errorf("sending %s: %w", verb, err)
	}
	return code, nil
}

// ftpEnd stands behind the data: only the server's last word says whether all
// of it came.
type ftpEnd struct{ s *ftpFetch }

func (e ftpEnd) Read([]byte) (int, error) {
	if _, _, err := e.s.text.ReadResponse(2); err != nil {
		return 0, fmt.Errorf("ending the transfer: %w", err)
	}
	return 0, io.EOF
}

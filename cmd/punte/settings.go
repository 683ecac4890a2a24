package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"punte"
	"punte/engine"
	"punte/jobs"
	"punte/store"
	"punte/web"
)

// databaseSettings say where the store is. Every setting is a flag and an
// environment variable of the same name.
type databaseSettings struct {
	DB          string `name:"db" env:"PUNTE_DB" placeholder:"PATH" help:"SQLite file; made if it is missing (default punte.db)."`
	DatabaseURL string `name:"database-url" env:"PUNTE_DATABASE_URL" placeholder:"URL" help:"PostgreSQL database instead of the SQLite file."`
}

// defaultDB is the store of a folder.
const defaultDB = "punte.db"

// databaseEnv and keysetEnv are the variables that may hold secrets. The key that
// encrypts the store is no flag: secrets do not come from arguments.
const (
	databaseEnv = "PUNTE_DATABASE_URL"
	keysetEnv   = "PUNTE_KEYSET"
)

// check reports all mistakes of the settings together.
func (d databaseSettings) check(env environment) error {
	var faults []error
	if strings.Contains(d.DB, "://") || d.DB == ":memory:" {
		faults = append(faults, errors.New("--db is the path of a SQLite file; the address of a PostgreSQL database belongs into "+databaseEnv))
	}
	if d.DatabaseURL == "" {
		return errors.Join(faults...)
	}
	u, err := url.Parse(d.DatabaseURL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		// Without its text: there may be a password in it.
		return errors.Join(append(faults, errors.New(databaseEnv+" is not an address such as postgres://punte@localhost/punte"))...)
	}
	if _, secret := u.User.Password(); (secret || u.Query().Has("password")) && d.DatabaseURL != env.getenv(databaseEnv) {
		faults = append(faults, errors.New("--database-url holds a password, which others on this machine can read; put the address into "+databaseEnv))
	}
	return errors.Join(faults...)
}

// open opens the store and migrates it, and River's tables with it. The key that
// encrypts it lies beside a SQLite file; for PostgreSQL in this folder.
func (d databaseSettings) open(ctx context.Context, env environment) (*store.Store, error) {
	switch {
	case d.DatabaseURL != "":
		if d.DB != "" {
			fmt.Fprintln(env.err, "PUNTE_DATABASE_URL is set: the PostgreSQL database is used and --db is not")
		}
		return openStore(ctx, d.DatabaseURL, "punte.key", env)
	case d.DB != "":
		return openStore(ctx, d.DB, d.DB+".key", env)
	}
	return openStore(ctx, defaultDB, defaultDB+".key", env)
}

func openStore(ctx context.Context, dsn, keyFile string, env environment) (*store.Store, error) {
	var options store.Options
	if keyFile != "" {
		keys, err := store.LoadKeyring(env.getenv(keysetEnv), keyFile)
		if err != nil {
			return nil, err
		}
		options.Keys = keys
	}
	s, err := store.Open(ctx, dsn, options)
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(ctx, time.Now()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := jobs.Migrate(ctx, s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// serverSettings say how MiniCRM reaches this process.
type serverSettings struct {
	Listen    string `name:"listen" env:"PUNTE_LISTEN" placeholder:"ADDR" help:"Serve documents for MiniCRM and the sheets of orders, and take webhooks of the shop at this address (host:port)."`
	PublicURL string `name:"public-url" env:"PUNTE_PUBLIC_URL" placeholder:"URL" help:"Address under which MiniCRM and the shop reach --listen."`
	FeedAllow string `name:"feed-allow" env:"PUNTE_FEED_ALLOW" placeholder:"LIST" help:"Addresses that may download documents, instead of MiniCRM's published ones: A, A-B, A/N or any, separated by commas."`
}

// check reports all mistakes of the settings together.
func (s serverSettings) check() error {
	var faults []error
	if (s.Listen == "") != (s.PublicURL == "") {
		faults = append(faults, errors.New("--listen and --public-url belong together: one is where this process listens, the other how MiniCRM reaches it"))
	}
	if s.Listen != "" {
		if _, port, err := net.SplitHostPort(s.Listen); err != nil || port == "" {
			faults = append(faults, fmt.Errorf("--listen: %q is not an address such as 127.0.0.1:8080 or :8080", s.Listen))
		}
	}
	if s.PublicURL != "" {
		if u, err := url.Parse(s.PublicURL); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" {
			faults = append(faults, fmt.Errorf("--public-url: %q is not an address such as https://punte.example", s.PublicURL))
		}
	}
	if _, err := web.ParseAllowList(s.FeedAllow); err != nil {
		faults = append(faults, fmt.Errorf("--feed-allow: %w", err))
	}
	return errors.Join(faults...)
}

// serve begins to serve what others ask of this process, if it is set so. wake makes
// the work look at once at what a webhook brought. address is where it listens, empty
// if nowhere; stop ends it.
func (s serverSettings) serve(ctx context.Context, e *engine.Engine, log *slog.Logger, wake func()) (address string, stop func(), err error) {
	if s.Listen == "" {
		return "", func() {}, nil
	}
	allow, err := web.ParseAllowList(s.FeedAllow)
	if err != nil {
		return "", nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.Listen)
	if err != nil {
		return "", nil, fmt.Errorf("listening at %s: %w", s.Listen, err)
	}
	handler := web.Handler(web.Options{Engine: e, Allow: allow, Log: log, Wake: wake})
	return listener.Addr().String(), serveOn(listener, handler), nil
}

// serveOn serves a handler until stop is called.
func serveOn(listener net.Listener, handler http.Handler) (stop func()) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // it returns when stop closes it
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close() // whoever still holds a connection is cut off
		}
		<-done
	}
}

// maxKeyFile bounds what is read as a key.
const maxKeyFile = 64 << 10

// resolve gets the keys that a connection document names.
func resolve(conn *punte.Connection, env environment) (engine.Keys, error) {
	shop, err := resolveKey("unas.api_key", conn.UNAS.APIKey, env)
	crm, crmErr := resolveKey("minicrm.api_key", conn.MiniCRM.APIKey, env)
	return engine.Keys{UNAS: shop, MiniCRM: crm}, errors.Join(err, crmErr)
}

func resolveKey(setting string, ref punte.SecretRef, env environment) (*punte.Secret, error) {
	var value string
	switch {
	case ref.Env != "":
		if value = env.getenv(ref.Env); value == "" {
			return nil, fmt.Errorf("%s: the environment variable %s is empty; put the key into it", setting, ref.Env)
		}
	case ref.File != "":
		text, err := readBounded(ref.File, maxKeyFile)
		if err != nil {
			return nil, fmt.Errorf("%s: reading the key: %w", setting, err)
		}
		if value = string(text); strings.TrimSpace(value) == "" {
			return nil, fmt.Errorf("%s: the file %s is empty; put the key into it", setting, ref.File)
		}
	default:
		return ref.Value, nil
	}
	return punte.NewSecret(strings.TrimSpace(value)), nil
}

package store_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

func TestAConnectionKeepsItsStartDateAndState(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		addConnection(t, s, "c1")
		must(t, "SetState", s.SetState(ctx, "c1", store.Stopped, "unauthorized", "the key is refused", minutes(1)))
		c, err := s.Connection(ctx, "c1")
		must(t, "Connection", err)
		if c.UNASKey.Reveal() != "unas-key-c1" || c.MiniCRMKey.Reveal() != "minicrm-key-c1" || c.State != store.Stopped || c.StopText == "" {
			t.Errorf("Connection = %+v; want both keys, stopped", c)
		}
		c.Name, c.State, c.MiniCRMKey, c.Statuses = "New name", store.Active, nil, map[string]string{"1": "Új"}
		must(t, "SaveConnection", s.SaveConnection(ctx, c, minutes(2)))
		c.StartDate, c.Name = "2025-12-31", "Newer name"
		wantCode(t, "SaveConnection with another start date", s.SaveConnection(ctx, c, minutes(3)), punte.Conflict)
		got, err := s.Connection(ctx, "c1")
		must(t, "Connection", err)
		if got.Name != "New name" || got.State != store.Stopped || got.MiniCRMKey != nil || got.Statuses["1"] != "Új" || got.StartDate != "2026-01-01" {
			t.Errorf("Connection = %+v; want the second save, and its state untouched", got)
		}
		if !got.Created.Equal(noon) || !got.Updated.Equal(minutes(2)) {
			t.Errorf("Created, Updated = %v, %v; want noon and two minutes later", got.Created, got.Updated)
		}
		_, err = s.Connection(ctx, "none")
		wantCode(t, "Connection", err, punte.NotFound)
		wantCode(t, "SetState", s.SetState(ctx, "none", store.Paused, "", "", noon), punte.NotFound)
		_, err = s.NextAsked(ctx, "none")
		wantCode(t, "NextAsked", err, punte.NotFound)
		wantCode(t, "SaveConnection without id", s.SaveConnection(ctx, store.Connection{}, noon), punte.Invalid)
		all, err := s.Connections(ctx)
		if len(all) != 1 || err != nil {
			t.Errorf("Connections = %d, %v; want 1", len(all), err)
		}
	})
}

func TestQuestionsAreNumberedOnce(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		dsn := storetest.Database(t, kind)
		addConnection(t, storetest.At(t, dsn, store.Options{}), "c1")
		var mu sync.Mutex
		seen := map[int64]bool{}
		var wg sync.WaitGroup
		for range 4 {
			s := storetest.At(t, dsn, store.Options{})
			wg.Go(func() {
				for range 10 {
					asked, err := s.NextAsked(context.Background(), "c1")
					mu.Lock()
					if err != nil || seen[asked] || asked < 1 {
						t.Errorf("NextAsked = %d, %v; want a number nobody else has", asked, err)
					}
					seen[asked] = true
					mu.Unlock()
				}
			})
		}
		wg.Wait()
	})
}

func TestSecretsAreNowhereInTheFile(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	keys, err := store.LoadKeyring("", filepath.Join(folder, "punte.key"))
	must(t, "LoadKeyring", err)
	path := filepath.Join(folder, "punte.db")
	s := storetest.At(t, path, store.Options{Keys: keys})
	must(t, "Migrate", s.Migrate(ctx, noon))
	addConnection(t, s, "c1")
	must(t, "SaveToken", s.SaveToken(ctx, "hash", "shop", []byte("token-of-the-shop"), minutes(60), noon))
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		content, err := os.ReadFile(name)
		must(t, "ReadFile", err)
		for _, secret := range []string{"unas-key-c1", "minicrm-key-c1", "token-of-the-shop"} {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds %q as it is", name, secret)
			}
		}
		if name == path+"-wal" && !bytes.Contains(content, []byte("Shop c1")) {
			t.Errorf("%s does not hold the name either: the test looks at the wrong file", name)
		}
	}

	other := storetest.At(t, path, store.Options{})
	_, err = other.Connection(ctx, "c1")
	wantCode(t, "Connection with another key", err, punte.Invalid)
	_, _, _, err = other.Token(ctx, "hash")
	wantCode(t, "Token with another key", err, punte.NotFound)

	rotated, text, err := keys.Rotate()
	must(t, "Rotate", err)
	reread, err := store.LoadKeyring(base64.StdEncoding.EncodeToString(text), "")
	must(t, "LoadKeyring from the environment", err)
	for _, k := range []*store.Keyring{rotated, reread} {
		c, err := storetest.At(t, path, store.Options{Keys: k}).Connection(ctx, "c1")
		if err != nil || c.UNASKey.Reveal() != "unas-key-c1" {
			t.Errorf("Connection after Rotate: %v; want its key", err)
		}
	}
}

func TestASecretOfOneConnectionDoesNotOpenForAnother(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		addConnection(t, s, "c1")
		addConnection(t, s, "c2")
		_, err := s.DB().ExecContext(ctx, "UPDATE connections SET secrets = (SELECT o.secrets FROM connections AS o WHERE o.id = 'c1') WHERE id = 'c2'")
		must(t, "copying secrets", err)
		_, err = s.Connection(ctx, "c2")
		wantCode(t, "Connection with stolen secrets", err, punte.Invalid)
	})
}

func TestTheKeyFileIsForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "punte.key")
	var wg sync.WaitGroup
	for range 4 { // processes that start together agree on one key
		wg.Go(func() {
			if _, err := store.LoadKeyring("", path); err != nil {
				t.Errorf("LoadKeyring: %v", err)
			}
		})
	}
	wg.Wait()
	info, err := os.Stat(path)
	must(t, "Stat", err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %o; want 600", info.Mode().Perm())
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if len(left) != 1 || err != nil {
		t.Errorf("files = %v, %v; want the key alone", left, err)
	}
	must(t, "Chmod", os.Chmod(path, 0o640))
	_, err = store.LoadKeyring("", path)
	wantCode(t, "LoadKeyring of a file others may read", err, punte.Invalid)
	for _, env := range []string{"{}", "no key", `{"primaryKeyId": 1, "key": []}`, "e30="} {
		_, err := store.LoadKeyring(env, "")
		wantCode(t, "LoadKeyring("+env+")", err, punte.Invalid)
	}
	_, err = store.LoadKeyring("", filepath.Join(t.TempDir(), "none", "punte.key"))
	wantCode(t, "LoadKeyring in no folder", err, punte.Invalid)
}

func TestTokensAreKeptUntilTheyExpire(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		_, _, _, err := s.Token(ctx, "a")
		wantCode(t, "Token", err, punte.NotFound)
		must(t, "SaveToken", s.SaveToken(ctx, "a", "shop", []byte("old"), minutes(30), noon))
		must(t, "SaveToken", s.SaveToken(ctx, "a", "shop", []byte("new"), minutes(60), noon))
		shop, plain, expires, err := s.Token(ctx, "a")
		if shop != "shop" || string(plain) != "new" || !expires.Equal(minutes(60)) || err != nil {
			t.Errorf("Token = %q, %q, %v, %v; want the newer one", shop, plain, expires, err)
		}
		must(t, "SaveToken", s.SaveToken(ctx, "b", "shop", []byte("b"), minutes(99), minutes(61)))
		_, _, _, err = s.Token(ctx, "a")
		wantCode(t, "Token that expired", err, punte.NotFound)
		must(t, "DeleteToken", s.DeleteToken(ctx, "b"))
		_, _, _, err = s.Token(ctx, "b")
		wantCode(t, "Token deleted", err, punte.NotFound)
	})
}

func TestErrorsAndPrintsShowNoKey(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite)
	addConnection(t, s, "c1")
	c, err := s.Connection(context.Background(), "c1")
	must(t, "Connection", err)
	if printed := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(printed, "unas-key") {
		t.Errorf("printing a connection shows its key: %s", printed)
	}
}

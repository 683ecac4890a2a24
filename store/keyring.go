package store

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"punte"
)

// Keyring encrypts secrets at rest. Its newest key seals, all of its keys open.
type Keyring struct {
	handle *keyset.Handle
	cipher tink.AEAD
}

// NewKeyring reads a Tink key set as JSON.
func NewKeyring(keysetJSON []byte) (*Keyring, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(keysetJSON)))
	if err != nil {
		// Tink's sentence may repeat parts of what it read: it stays out.
		return nil, punte.Errorf(punte.Invalid, "reading the key that encrypts the store: it is not a key set in Tink's JSON")
	}
	return keyring(handle)
}

func keyring(handle *keyset.Handle) (*Keyring, error) {
	cipher, err := aead.New(handle)
	if err != nil {
		return nil, punte.Errorf(punte.Invalid, "reading the key that encrypts the store: it can't be used for AEAD: %w", err)
	}
	return &Keyring{handle: handle, cipher: cipher}, nil
}

// LoadKeyring takes the key set from env, the environment's value in JSON or in
// base64 of that JSON. If env is empty it reads the file at path, which belongs
// beside the database, and makes it, readable for its owner only, if it is missing.
// A file that others may read is refused.
func LoadKeyring(env, path string) (*Keyring, error) {
	if text := strings.TrimSpace(env); text != "" {
		if strings.HasPrefix(text, "{") {
			return NewKeyring([]byte(text))
		}
		plain, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, punte.Errorf(punte.Invalid, "reading the key that encrypts the store from the environment: it is neither JSON nor base64")
		}
		return NewKeyring(plain)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := makeKeyFile(path); err != nil {
			return nil, err
		}
	}
	return readKeyFile(path)
}

func readKeyFile(path string) (*Keyring, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, punte.Errorf(punte.Invalid, "reading the key that encrypts the store: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, punte.Errorf(punte.Invalid, "reading the key that encrypts the store: others may read %s (mode %04o); run chmod 600 %s", path, mode, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, punte.Errorf(punte.Invalid, "reading the key that encrypts the store: %w", err)
	}
	keys, err := NewKeyring(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

// makeKeyFile makes a key set. The file appears whole and under its name at once;
// of two processes that start together the second finds the first one's file.
func makeKeyFile(path string) error {
	text, err := newKeyset()
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".punte-key-*") // mode 0600
	if err != nil {
		return punte.Errorf(punte.Invalid, "making the key that encrypts the store: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return punte.Errorf(punte.Unavailable, "making the key that encrypts the store: %w", err)
	}
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return punte.Errorf(punte.Invalid, "making the key that encrypts the store: %w", err)
	}
	return nil
}

func newKeyset() ([]byte, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("making a key set: %w", err)
	}
	return keysetJSON(handle)
}

func keysetJSON(handle *keyset.Handle) ([]byte, error) {
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		return nil, fmt.Errorf("writing a key set: %w", err)
	}
	return text.Bytes(), nil
}

// Rotate returns a key ring with a new key that seals from now on, and its key set
// as JSON for the operator to keep. The old keys stay in it and still open.
func (k *Keyring) Rotate() (*Keyring, []byte, error) {
	manager := keyset.NewManagerFromHandle(k.handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, nil, fmt.Errorf("adding a key: %w", err)
	}
	if err := manager.SetPrimary(id); err != nil {
		return nil, nil, fmt.Errorf("adding a key: %w", err)
	}
	handle, err := manager.Handle()
	if err != nil {
		return nil, nil, fmt.Errorf("adding a key: %w", err)
	}
	text, err := keysetJSON(handle)
	if err != nil {
		return nil, nil, err
	}
	rotated, err := keyring(handle)
	return rotated, text, err
}

// seal encrypts plain. Owner is bound to it: what was sealed for one connection
// does not open as another one's.
func (k *Keyring) seal(plain []byte, owner string) ([]byte, error) {
	sealed, err := k.cipher.Encrypt(plain, []byte(owner))
	if err != nil {
		return nil, fmt.Errorf("encrypting: %w", err)
	}
	return sealed, nil
}

func (k *Keyring) open(sealed []byte, owner string) ([]byte, error) {
	plain, err := k.cipher.Decrypt(sealed, []byte(owner))
	if err != nil {
		return nil, punte.Errorf(punte.Invalid, "the key of this program is not the one the database was encrypted with; start with that one")
	}
	return plain, nil
}

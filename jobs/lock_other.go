//go:build !unix

package jobs

// lock would keep a second process from working on the same SQLite file; this
// system has no lock that ends with its process, so the operator must see to it.
func lock(string) (unlock func() error, err error) {
	return func() error { return nil }, nil
}

package unassim

// Revision grows with every change of the shop's world: whoever keeps the world on disk saves it again when the
// number differs. It may grow without a change.
func (s *Shop) Revision() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revision
}

// changes counts a change of the world.
func (s *Shop) changes() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
}

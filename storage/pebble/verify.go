package pebble

import "context"

// Verify checks.
func (s *Store) Verify(ctx context.Context) error { return s.verify() }

func (s *Store) verify() error { return nil }

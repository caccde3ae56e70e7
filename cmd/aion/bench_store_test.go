package main

import (
	"log/slog"
	"testing"

	"aion/storage/pebble"
)

// benchStore is an empty embedded engine that says nothing.
func benchStore(b *testing.B) *pebble.Store {
	b.Helper()
	store, err := pebble.Open(pebble.Config{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	return store
}

//go:build invariants

package main

import "aion/storage"

// checked holds the store and its callers to the contract: tests are built so.
func checked(s storage.Store) storage.Store { return storage.Checked(s) }

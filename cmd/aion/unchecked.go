//go:build !invariants

package main

import "aion/storage"

// checked is the store as it is: the contract's checks cost too much for a
// server that works.
func checked(s storage.Store) storage.Store { return s }

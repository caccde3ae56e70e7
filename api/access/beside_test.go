package access_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"aion/api/access"
	"aion/storage/catalog"
	"aion/storage/memory"
)

// TestHashBeside: guards that hash beside another one hash two passwords at once
// in all.
func TestHashBeside(t *testing.T) {
	made := func() *access.Guard {
		records, ok := catalog.New(memory.New(memory.Config{}))
		if !ok {
			t.Fatal("the store keeps no records")
		}
		return access.New(access.Config{Catalog: records, Passwords: access.PasswordCost{Time: 1, KiB: 256, Threads: 1}})
	}
	first := made()
	var now, most, all atomic.Int64
	first.CountHashes(func(d int) {
		if n := now.Add(int64(d)); d > 0 {
			all.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
		}
	})
	var ended sync.WaitGroup
	for i := range 8 {
		g := made()
		g.HashBeside(first)
		ended.Go(func() {
			for j := range 4 {
				r := access.UserRecord{Name: fmt.Sprint("u", i, "-", j), Password: "a good password"}
				if _, _, err := g.Users.Provide(access.With(t.Context(), access.Everyone()), r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	ended.Wait()
	if all.Load() != 32 || most.Load() > 2 {
		t.Errorf("got %d hashes, %d at once, want 32, 2 at once", all.Load(), most.Load())
	}
}

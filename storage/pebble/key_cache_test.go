package pebble

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// TestKeysKept: what is selected again is what was selected first, by many at
// once, while series go and come back under other numbers.
func TestKeysKept(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	hosts := func(r storage.Reader) (found []string) {
		for sr, err := range r.Select(t.Context(), storage.Selection{}) {
			if err != nil {
				t.Error(err)
				return nil
			}
			found = append(found, sr.Key().Tags[0].Value)
		}
		slices.Sort(found)
		return found
	}
	for round := range 5 {
		var want []string
		for i := range 300 {
			if host := fmt.Sprintf("h%03d", i); (i+round)%3 != 0 {
				put(t, s, cpu(host), 1, 3, 1)
				want = append(want, host)
			}
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if got := hosts(s); !slices.Equal(got, want) {
					t.Errorf("round %d: got %v, want %v", round, got, want)
				}
			})
		}
		wg.Wait()
		if err := s.Delete(t.Context(), storage.Selection{}, points.Always); err != nil {
			t.Fatal(err)
		}
		if got := hosts(s); len(got) != 0 {
			t.Errorf("round %d: %v are left", round, got)
		}
	}
}

// TestKeyCache: a key is found under its number alone, until another takes its
// place, and no large one is kept.
func TestKeyCache(t *testing.T) {
	var c keyCache
	for number := range uint64(3 * cachedKeys) {
		c.keep(number, cpu(fmt.Sprint(number)))
	}
	kept := 0
	for number := range uint64(3 * cachedKeys) {
		k, ok := c.find(number)
		if want := cpu(fmt.Sprint(number)); ok && k.String() != want.String() {
			t.Fatalf("number %d is %s", number, k)
		}
		if ok {
			kept++
		}
	}
	if kept < cachedKeys/2 || kept > cachedKeys {
		t.Errorf("%d keys are kept, want about %d", kept, cachedKeys)
	}
	c.keep(7, cpu(strings.Repeat("x", cachedText+1)))
	if k, ok := c.find(7); ok && k.Tags[0].Value != "7" {
		t.Error("a large key is kept")
	}
}

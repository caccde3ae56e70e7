package pebble

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// TestKeptBesideDamage: a selection does not fail for a series that it does not mean
// and whose key cannot be read, whichever posting is kept.
func TestKeptBesideDamage(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	put(t, s, inCentre("a", "ams"), 1, 1, 1)
	for i := range sheetSize {
		put(t, s, points.Key{Metric: "another", Type: points.TypeLong, Tags: points.Tags{{Name: "n", Value: fmt.Sprint(i)}}}, 1, 1, 1)
	}
	put(t, s, inCentre("b", "ams"), 1, 1, 1)
	damageSheet(t, s, sheetSize)
	centre := storage.Matcher{Tag: "dc", Values: []string{"ams"}}
	for host, want := range map[string]int{"a": 1, "nobody": 0} {
		own := storage.Matcher{Tag: "host", Values: []string{host}}
		for _, matchers := range [][]storage.Matcher{{centre, own}, {own, centre}} {
			for turn := range 3 {
				n := 0
				for x, err := range s.Select(t.Context(), storage.Selection{Metrics: []string{"cpu"}, Matchers: matchers}) {
					if err != nil {
						t.Errorf("%v, turn %d: %v", matchers, turn, err)
					} else if got, _ := x.Key().Tags.Value("host"); got != host {
						t.Errorf("%v, turn %d: got %s", matchers, turn, got)
					}
					n++
				}
				if n != want {
					t.Errorf("%v, turn %d: %d series came, want %d", matchers, turn, n, want)
				}
			}
		}
	}
}

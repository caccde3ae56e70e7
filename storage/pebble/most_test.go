package pebble

import (
	"errors"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestTooMany: where postings tell that more series match than are wanted, none is read;
// where their types decide, all come.
func TestTooMany(t *testing.T) {
	s := still(t, nil)
	must(t, s.Write(t.Context(), manyHosts("h", 100, 1)))
	for _, of := range []struct {
		sel  storage.Selection
		want int // how many series come; 0: they are refused
	}{
		{storage.Selection{Most: 99}, 0},
		{storage.Selection{Most: 100}, 100},
		{storage.Selection{Metrics: []string{"cpu"}, Most: 1}, 0},
		{storage.Selection{Metrics: []string{"cpu"}, Types: []string{points.TypeLong}, Most: 1}, 100},
		{storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: []string{"h00007"}}}, Most: 1}, 1},
	} {
		n, refused := 0, false
		for _, err := range s.Select(t.Context(), of.sel) {
			if refused = errors.Is(err, storage.ErrTooMany); !refused {
				must(t, err)
				n++
			}
		}
		if n != of.want || refused != (of.want == 0) {
			t.Errorf("%+v: %d series come, refused: %t; want %d", of.sel, n, refused, of.want)
		}
	}
}

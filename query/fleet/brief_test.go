package fleet

import (
	"errors"
	"testing"
	"time"

	"aion/storage/points"
)

// TestBrief: an organization sets so many brief secrets an hour and no more; long
// ones, and those of others, are not held up by it.
func TestBrief(t *testing.T) {
	var b brief
	now := time.UnixMilli(0)
	for range mostBrief {
		if err := b.take("acme", "ABCDEFGH", now); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, tenant, secret string
		after                time.Duration
		refused              bool
	}{
		{"one more", "acme", "ABCDEFGH", time.Minute, true},
		{"fifteen characters", "acme", "ABCDEFGHIJKLMNO", time.Minute, true},
		{"a long one", "acme", "ABCDEFGHIJKLMNOP", time.Minute, false},
		{"another organization's", "globex", "ABCDEFGH", time.Minute, false},
		{"within the hour", "acme", "ABCDEFGH", briefTime - 1, true},
		{"an hour later", "acme", "ABCDEFGH", briefTime, false},
	} {
		if err := b.take(c.tenant, c.secret, now.Add(c.after)); (err != nil) != c.refused || err != nil && !errors.Is(err, points.ErrUnavailable) {
			t.Errorf("%s: got %v, want it refused: %v", c.name, err, c.refused)
		}
	}
}

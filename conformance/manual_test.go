package conformance

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestManual plays the examples of KairosDB's manual. Those that speak telnet,
// and those whose answer could not be recorded, are counted apart.
func TestManual(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "vectors", "kairosdb-manual.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	examples, err := ReadManual(f)
	if err != nil {
		t.Fatal(err)
	}
	table := readExcuses(t)
	for _, d := range drivers(t) {
		t.Run(d.name, func(t *testing.T) { playManual(t, d, table, examples) })
	}
	table.unused(t, "manual")
}

// playManual plays the examples on a driver, each on an empty store.
func playManual(t *testing.T, d driver, table *excuses, examples []Example) {
	c := &tally{excuses: table, set: "manual", release: "1.3", driver: d.name}
	other, unanswered := 0, 0
	for _, e := range examples {
		t.Run(e.ID, func(t *testing.T) {
			s := start(t, d, Setup{Release: "1.3"})
			problems, err := e.Run(t.Context(), s.target, testNow())
			switch {
			case errors.Is(err, ErrNotHTTP):
				other++
			case errors.Is(err, ErrNoAnswer):
				unanswered++
			default:
				c.take(t, e.ID, problems, err)
			}
		})
	}
	c.report(t)
	t.Logf("%d examples speak telnet, %d have no recorded answer", other, unanswered)
}

// TestTimed puts times into texts.
func TestTimed(t *testing.T) {
	now := time.UnixMilli(1_000_000_000)
	for _, c := range []struct{ text, want string }{
		{"[{now}, {now-10s}]", "[1000000000, 999990000]"},
		{"{now-20m} {now-3h} {now-8d}", "998800000 989200000 308800000"},
		{"{now-1w}", "395200000"},
		{"{now+1h}", "1003600000"},
		{"{now*1000}", "1000000000000"},
		{"none", "none"},
	} {
		if got := timed(c.text, now); got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}

package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"aion/storage/points"
)

// complexPoint is the stored form of a complex value.
func complexPoint(p [2]json.RawMessage) (at int64, value []byte, err error) {
	var v struct{ Real, Imaginary float64 }
	if err := errors.Join(json.Unmarshal(p[0], &at), json.Unmarshal(p[1], &v)); err != nil {
		return 0, nil, err
	}
	return at, appendDouble(appendDouble(nil, v.Real), v.Imaginary), nil
}

// vectorsOf are all recorded cases as a release answers them.
func vectorsOf(t *testing.T, release string) []Vector {
	t.Helper()
	var list []Vector
	for _, name := range []string{"aggregators.json", "aggregators-random.json"} {
		cases := readVectors(t, name)
		if release == "1.3" {
			override(cases, name, readVectors(t, "aggregators-1.3.0.json"))
		}
		list = append(list, cases...)
	}
	return list
}

// override replaces what a file's cases expect by what a release answers.
func override(cases []Vector, file string, by []Vector) {
	answers := map[string]Expectation{}
	for _, v := range by {
		if v.Of == file {
			answers[v.ID] = v.Expect
		}
	}
	for i := range cases {
		if e, ok := answers[cases[i].ID]; ok {
			cases[i].Expect = e
		}
	}
}

// TestVectors replays every recorded case on every driver: each on a store of
// its own in memory, and on the others under a prefix of its own, once before
// and once after the store was closed and opened again.
func TestVectors(t *testing.T) {
	table := readExcuses(t)
	for _, release := range []string{"develop", "1.3"} {
		cases := vectorsOf(t, release)
		for _, d := range drivers(t) {
			t.Run(release+"/"+d.name, func(t *testing.T) {
				c := &tally{excuses: table, set: "aggregators", release: release, driver: d.name}
				if !d.lasts {
					replayApart(t, d, c, cases)
				} else {
					replayTogether(t, d, c, cases)
				}
				c.report(t)
			})
		}
	}
	table.unused(t, "aggregators")
}

// replayApart gives each case a store of its own.
func replayApart(t *testing.T, d driver, c *tally, cases []Vector) {
	for i := range cases {
		v := &cases[i]
		s := start(t, d, Setup{Release: c.release, Zone: v.Zone})
		r := &Replay{Target: s.target, Seed: s.seed(t)}
		problems, err := []string(nil), r.Store(t.Context(), v)
		if err == nil {
			problems, err = r.Ask(t.Context(), v)
		}
		c.take(t, v.ID, problems, err)
	}
}

// replayTogether puts all cases of a zone into one store and asks them twice:
// of the running store, and when it has been closed and opened again. What
// saves points, and so may change what it reads, is asked once.
func replayTogether(t *testing.T, d driver, c *tally, cases []Vector) {
	byZone := map[string][]*Vector{}
	for i := range cases {
		byZone[cases[i].Zone] = append(byZone[cases[i].Zone], &cases[i])
	}
	for zone, list := range byZone {
		s := start(t, d, Setup{Release: c.release, Zone: zone})
		stored := make([]error, len(list))
		for i, v := range list {
			stored[i] = (&Replay{Target: s.target, Seed: s.seed(t), Prefix: prefixOf(i)}).Store(t.Context(), v)
		}
		askAll(t, s, c, list, stored, func(v *Vector) bool { return len(v.Expect.Saved) == 0 })
		s.restart(t)
		askAll(t, s, c, list, stored, func(*Vector) bool { return true })
	}
}

// askAll asks the cases that are chosen of a server that holds them all.
func askAll(t *testing.T, s *server, c *tally, list []*Vector, stored []error, chosen func(*Vector) bool) {
	for i, v := range list {
		if !chosen(v) {
			continue
		}
		problems, err := []string(nil), stored[i]
		if err == nil {
			problems, err = (&Replay{Target: s.target, Prefix: prefixOf(i)}).Ask(t.Context(), v)
		}
		c.take(t, v.ID, problems, err)
	}
}

// prefixOf keeps case i apart from the others.
func prefixOf(i int) string { return fmt.Sprintf("case%04d.", i) }

// TestVectorsOverHTTP replays the hand-made cases through a listening server,
// where nothing can be stored but by HTTP.
func TestVectorsOverHTTP(t *testing.T) {
	target := listen(t, start(t, inMemory(), Setup{Release: "develop"}))
	table := readExcuses(t)
	c := &tally{excuses: table, set: "aggregators", release: "develop", driver: "memory"}
	for i, v := range readVectors(t, "aggregators.json") {
		if v.Zone != "" {
			continue
		}
		r := &Replay{Target: target, Prefix: prefixOf(i)}
		problems, err := []string(nil), r.Store(t.Context(), &v)
		if errors.Is(err, ErrNotIngestible) {
			continue
		}
		if err == nil {
			problems, err = r.Ask(t.Context(), &v)
		}
		c.take(t, v.ID, problems, err)
	}
	c.report(t)
}

// TestComplexPoint holds seed to the bytes of KairosDB's ComplexDataPoint.
func TestComplexPoint(t *testing.T) {
	at, value, err := complexPoint([2]json.RawMessage{json.RawMessage("1000"), json.RawMessage(`{"real":1.5,"imaginary":-2}`)})
	want := "3ff8000000000000c000000000000000"
	if got := fmt.Sprintf("%x", value); err != nil || at != 1000 || got != want {
		t.Errorf("got %d %s, %v, want 1000 %s", at, got, err, want)
	}
	if points.KindOf(points.TypeComplex) != points.Opaque {
		t.Error("complex values are not opaque")
	}
}

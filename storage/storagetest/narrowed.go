package storagetest

import (
	"context"
	"errors"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// narrowedChecks are the demands on a store behind storage.Narrowed: nothing
// outside is named, read, written or deleted.
func narrowedChecks() []check {
	return []check{
		{"narrowed", "random reads", narrowedReads},
		{"narrowed", "random writes", narrowedWrites},
		{"narrowed", "random deletes", narrowedDeletes},
	}
}

// bound is a constraint in the plainest words.
type bound struct {
	organization string // empty: any
	absent       bool   // or none
	devices      []string
	some         bool // only these devices
	veiled       bool // behind a screen
}

// screen is a Veil: what is secret of d2 is private, and so is the memory of d4 in
// the organization acme; that of d1 is protected.
type screen struct{}

// Any is true.
func (screen) Any() bool { return true }

// Covers tells whether a metric is one of those.
func (screen) Covers(metric string) bool { return metric == "secret" || metric == "mem" }

// Tags are those that tell.
func (screen) Tags() []string { return []string{"device", "organization"} }

// Access is what may be done with a series.
func (s screen) Access(_ context.Context, k *points.Key) (storage.Access, error) { return s.of(k), nil }

// of is Access.
func (screen) of(k *points.Key) storage.Access {
	device, _ := k.Tags.Value("device")
	organization, _ := k.Tags.Value("organization")
	switch {
	case k.Metric == "secret" && device == "d2", k.Metric == "mem" && device == "d4" && organization == "acme":
		return storage.Private
	case k.Metric == "mem" && device == "d1":
		return storage.Protected
	}
	return storage.Open
}

// bounds makes a random one.
func bounds(rng *rand.Rand) bound {
	var b bound
	if rng.IntN(3) > 0 {
		b.organization, b.absent = pick(rng, "acme", "other", "none"), rng.IntN(2) == 0
	}
	if b.some = rng.IntN(4) > 0; b.some {
		for range rng.IntN(4) {
			b.devices = append(b.devices, pick(rng, "d1", "d2", "d3", "d4", "nobody"))
		}
	}
	b.veiled = rng.IntN(2) == 0
	return b
}

// pick is one of some texts.
func pick(rng *rand.Rand, texts ...string) string { return texts[rng.IntN(len(texts))] }

// constraint is b as a store takes it.
func (b bound) constraint() storage.Constraint {
	var c storage.Constraint
	if b.organization != "" {
		c.Matchers = append(c.Matchers, storage.Matcher{Tag: "organization", Values: []string{b.organization}, Absent: b.absent})
	}
	if b.some {
		c = c.Devices("device", b.devices...)
	}
	if b.veiled {
		c.Veil = screen{}
	}
	return c
}

// holds tells whether a series lies within b.
func (b bound) holds(k points.Key) bool {
	organization, has := k.Tags.Value("organization")
	device, _ := k.Tags.Value("device")
	inside := b.organization == "" || has && organization == b.organization || !has && b.absent
	return inside && (!b.some || device != "" && slices.Contains(b.devices, device)) && b.access(k) != storage.Private
}

// access is what b's screen says of a series.
func (b bound) access(k points.Key) storage.Access {
	if !b.veiled {
		return storage.Open
	}
	return screen{}.of(&k)
}

// tenants are series of organizations and devices, and some of neither.
func tenants() []points.Key {
	var all []points.Key
	for _, metric := range []string{"cpu", "mem", "secret"} {
		for i, organization := range []string{"acme", "other", ""} {
			for _, device := range []string{"d1", "d2", "d3", "d4", ""}[i:] {
				tags := []string{"room", metric + device}
				if organization != "" {
					tags = append(tags, "organization", organization)
				}
				if device != "" {
					tags = append(tags, "device", device)
				}
				all = append(all, long(metric, tags...))
			}
		}
	}
	return all
}

// question is a random selection that comes from a caller who may want to see
// more than he should.
func question(rng *rand.Rand) storage.Selection {
	var s storage.Selection
	if rng.IntN(2) == 0 {
		s.Metrics = []string{pick(rng, "cpu", "mem", "secret", "none"), pick(rng, "cpu", "secret")}
	}
	if rng.IntN(4) == 0 {
		s.Prefix = pick(rng, "c", "sec", "")
	}
	for range rng.IntN(3) {
		s.Matchers = append(s.Matchers, storage.Matcher{
			Tag: pick(rng, "organization", "device", "room", "none"), Values: []string{pick(rng, "acme", "other", "d1", "d4", "cpud1")},
			Absent: rng.IntN(3) == 0, Not: rng.IntN(3) == 0,
		})
	}
	return s
}

// furnished is a store with all tenants, and a source of random things.
func furnished(f *fixture, seed uint64) *rand.Rand {
	f.Helper()
	var b storage.Batch
	for _, k := range tenants() {
		b.Put(k, longs(10, 1, 20, 2, 30, 3), 0)
	}
	f.write(&b)
	return rand.New(rand.NewPCG(seed, 0))
}

// narrowedReads compares what a narrowed store and its snapshot name with what
// lies within the bounds.
func narrowedReads(f *fixture) {
	rng := furnished(f, 1)
	for range 150 {
		b, s := bounds(rng), question(rng)
		want := map[string]bool{}
		metrics, names, devices := map[string]bool{}, map[string]bool{}, map[string]bool{}
		for _, k := range tenants() {
			if !b.holds(k) || !s.Matches(&k) {
				continue
			}
			want[k.String()], metrics[k.Metric] = true, true
			for _, tag := range k.Tags {
				names[tag.Name] = true
				if tag.Name == "device" {
					devices[tag.Value] = true
				}
			}
		}
		n := storage.Narrowed(f.store, b.constraint())
		snap, err := n.Snapshot(f.Context())
		f.must(err)
		for _, r := range []storage.Reader{n, snap} {
			got := map[string]bool{}
			for sr, err := range r.Select(f.Context(), s) {
				f.must(err)
				got[sr.Key().String()] = true
			}
			for what, pair := range map[string][2]map[string]bool{
				"series": {got, want}, "metrics": {f.set(r.Metrics(f.Context(), s)), metrics},
				"tag names":   {f.set(r.TagNames(f.Context(), s)), names},
				"tag values":  {f.set(r.TagValues(f.Context(), "device", s)), devices},
				"unknown tag": {f.set(r.TagValues(f.Context(), "none", s)), nil},
			} {
				if !maps.Equal(pair[0], pair[1]) {
					f.Errorf("%+v of %+v: got the %s %v, want %v", s, b, what, pair[0], pair[1])
				}
			}
		}
		f.must(snap.Close())
	}
}

// set is what a sequence yields.
func (f *fixture) set(seq iter.Seq2[string, error]) map[string]bool {
	f.Helper()
	all := map[string]bool{}
	for v, err := range seq {
		f.must(err)
		all[v] = true
	}
	return all
}

// narrowedWrites: a batch goes in whole if all of it lies within the bounds, and
// else not at all.
func narrowedWrites(f *fixture) {
	rng := furnished(f, 2)
	all := tenants()
	for i := range int64(60) {
		bound := bounds(rng)
		var b storage.Batch
		want := true
		for range 1 + rng.IntN(3) {
			k := all[rng.IntN(len(all))]
			want = want && bound.holds(k)
			if rng.IntN(4) == 0 {
				b.Remove(k, 10)
			} else {
				want = want && bound.access(k) == storage.Open
				b.Put(k, longs(100+i, i), 0)
			}
		}
		err := storage.Narrowed(f.store, bound.constraint()).Write(f.Context(), &b)
		if want {
			f.must(err)
			f.model.write(&b)
		} else if !errors.Is(err, points.ErrForbidden) {
			f.Errorf("%+v: got %v, want it forbidden", bound, err)
		}
	}
	f.agree(storage.Selection{}, points.Always)
}

// narrowedDeletes: a deletion takes what lies within the bounds, and nothing where
// a series there is protected.
func narrowedDeletes(f *fixture) {
	rng := furnished(f, 3)
	for range 25 {
		b, s := bounds(rng), question(rng)
		r := points.Range{From: rng.Int64N(40), To: rng.Int64N(60)}
		locked := slices.ContainsFunc(tenants(), func(k points.Key) bool {
			return b.holds(k) && s.Matches(&k) && b.access(k) == storage.Protected
		})
		if err := storage.Narrowed(f.store, b.constraint()).Delete(f.Context(), s, r); locked != errors.Is(err, points.ErrForbidden) || !locked && err != nil {
			f.Errorf("%+v of %+v: got %v, want it forbidden: %t", s, b, err, locked)
		}
		for _, series := range f.model.series {
			if !locked && b.holds(series.key) && s.Matches(&series.key) {
				maps.DeleteFunc(series.points, func(at int64, _ modelPoint) bool { return r.Holds(at) })
			}
		}
		f.agree(storage.Selection{}, points.Always)
		furnished(f, 3)
	}
}

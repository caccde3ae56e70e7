package fleet

import (
	"context"
	"slices"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// Batch gathers points of devices for a protocol in which a property of a device
// has one value at an instant, whatever type and tags it was written with: what
// is added later replaces what was added before, and what is stored already. Two
// profiles with one property on one device stay apart; points without a profile
// belong to all of them. It serves one goroutine.
type Batch struct {
	f      *Fleet
	store  storage.Store
	places map[place]*values
	order  []*values
}

// place is where one value stands at an instant, or one for each profile.
type place struct{ metric, device, organization string }

// values are the points of a place in the order in which they were added.
type values struct {
	place
	puts []storage.Change
}

// NewBatch is an empty batch for a store, which is the request's.
func (f *Fleet) NewBatch(store storage.Store) *Batch {
	return &Batch{f: f, store: store, places: map[place]*values{}}
}

// Add adds points of one series. key and block are the batch's until it is
// written; ttl 0 is the store's default.
func (b *Batch) Add(key points.Key, block points.Block, ttl time.Duration) {
	p := place{metric: key.Metric}
	p.device, _ = key.Tags.Value(b.f.c.DeviceTag)
	p.organization, _ = key.Tags.Value(b.f.c.OrganizationTag)
	v, ok := b.places[p]
	if !ok {
		v = &values{place: p}
		b.places[p] = v
		b.order = append(b.order, v)
	}
	v.puts = append(v.puts, storage.Change{Key: key, Points: block, TTL: ttl})
}

// Write stores what was added and empties b. Points of one place go with what
// they replace, all at once where they fit into a batch of the store.
func (b *Batch) Write(ctx context.Context) error {
	var out storage.Batch
	for _, v := range b.order {
		siblings, err := b.siblings(ctx, v)
		if err != nil {
			return err
		}
		v.settle()
		v.change(&out, siblings)
		if out.Size() < storage.MaxBatch/2 {
			continue
		}
		if err := b.store.Write(ctx, &out); err != nil {
			return err
		}
		out = storage.Batch{}
	}
	clear(b.places)
	b.order = b.order[:0]
	if len(out.Changes) == 0 {
		return nil
	}
	return b.store.Write(ctx, &out)
}

// change adds to a batch what is removed for the values of a place, and then the
// values.
func (v *values) change(out *storage.Batch, siblings []points.Key) {
	for _, put := range v.puts {
		for i := range siblings {
			if s := &siblings[i]; put.Points.Len() != 0 && !same(s, &put.Key) && meet(profileOf(s), profileOf(&put.Key)) {
				out.Remove(*s, put.Points.Times...)
			}
		}
	}
	for _, put := range v.puts {
		if put.Points.Len() != 0 {
			out.Put(put.Key, put.Points, put.TTL)
		}
	}
}

// profileOf is the profile that a series' points belong to, if any.
func profileOf(k *points.Key) string {
	profile, _ := k.Tags.Value(ProfileTag)
	return profile
}

// meet tells whether values of two profiles stand in one place.
func meet(a, b string) bool { return a == b || a == "" || b == "" }

// siblings are the series that hold values of a place already, by the index.
func (b *Batch) siblings(ctx context.Context, v *values) ([]points.Key, error) {
	sel := storage.Selection{Metrics: []string{v.metric}, Matchers: []storage.Matcher{
		{Tag: b.f.c.DeviceTag, Values: []string{v.device}},
		exactly(b.f.c.OrganizationTag, v.organization),
	}}
	var keys []points.Key
	for s, err := range b.store.Select(ctx, sel) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, s.Key())
	}
	if len(keys) == 1 && len(v.puts) == 1 && same(&keys[0], &v.puts[0].Key) {
		return nil, nil
	}
	return keys, nil
}

// exactly holds for series whose tag is a value, or that lack it where that is
// empty.
func exactly(tag, value string) storage.Matcher {
	if value == "" {
		return storage.Matcher{Tag: tag, Absent: true}
	}
	return storage.Matcher{Tag: tag, Values: []string{value}}
}

// same tells whether two keys name one series.
func same(a, b *points.Key) bool {
	return a.Metric == b.Metric && a.Type == b.Type && slices.Equal(a.Tags, b.Tags)
}

// settle leaves of several values of an instant the last one, or the last one of
// each profile.
func (v *values) settle() {
	if len(v.puts) < 2 {
		return
	}
	type instant struct {
		at      int64
		profile string
	}
	taken, by := map[instant]bool{}, map[int64]bool{}
	for i := len(v.puts) - 1; i >= 0; i-- {
		profile := profileOf(&v.puts[i].Key)
		kept := only(&v.puts[i].Points, func(at int64) bool {
			return !taken[instant{at, ""}] && !taken[instant{at, profile}] && (profile != "" || !by[at])
		})
		for _, at := range kept.Times {
			taken[instant{at, profile}], by[at] = true, true
		}
		v.puts[i].Points = kept
	}
}

// only is a block of the points of another one whose times are wanted.
func only(b *points.Block, want func(at int64) bool) points.Block {
	if !slices.ContainsFunc(b.Times, func(at int64) bool { return !want(at) }) {
		return *b
	}
	kept := points.Block{Kind: b.Kind, Type: b.Type}
	for i, at := range b.Times {
		if want(at) {
			row := b.Slice(i, i+1)
			kept.AppendBlock(&row)
		}
	}
	return kept
}

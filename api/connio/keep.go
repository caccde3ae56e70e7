package connio

import (
	"context"
	"hash/maphash"
	"math"
	"slices"

	"aion/query/fleet"
	"aion/storage"
	"aion/storage/points"
)

// gates let one request at a time decide what a property's rule keeps of its
// points, so that of two that come at once each knows what the other has stored.
// They are this server's: what another one has stored counts as well, since it is
// read from the store, but two servers that decide in the same moment may both keep
// a value of which the rule keeps one. What there is too much of for a capacity, or
// beside the most recent value, the next write or the sweeper takes away.
type gates struct {
	seed  maphash.Seed
	slots [64]chan struct{}
}

// newGates are gates that are all open.
func newGates() *gates {
	g := &gates{seed: maphash.MakeSeed()}
	for i := range g.slots {
		g.slots[i] = make(chan struct{}, 1)
	}
	return g
}

// slot is the gate of a property of an object.
func (g *gates) slot(o *object, place *fleet.Place) int {
	var h maphash.Hash
	h.SetSeed(g.seed)
	for _, part := range []string{o.Organization, o.ID, place.Metric} {
		h.WriteString(part)
		h.WriteByte(0)
	}
	return int(h.Sum64() % uint64(len(g.slots)))
}

// enter goes through the gates of all properties that have a rule, and answers
// what leaves them.
func (s *sheets) enter(ctx context.Context) (release func(), err error) {
	g := s.c.p.gates
	var wanted []int
	for _, one := range s.all {
		if limited(one.place.Property.Retention) && len(one.rows) != 0 {
			wanted = append(wanted, g.slot(s.o, &one.place))
		}
	}
	slices.Sort(wanted) // the same order for all, so that no two wait for each other
	wanted = slices.Compact(wanted)
	entered := 0
	release = func() {
		for _, i := range wanted[:entered] {
			<-g.slots[i]
		}
	}
	for _, i := range wanted {
		select {
		case g.slots[i] <- struct{}{}:
			entered++
		case <-ctx.Done():
			release()
			return nil, ctx.Err()
		}
	}
	return release, nil
}

// limited tells whether what a rule keeps depends on what is stored.
func limited(r *fleet.Retention) bool {
	return r != nil && (r.Type == mostRecent || r.Capacity != 0 || conditional(r))
}

// conditional tells whether a rule has a condition for values.
func conditional(r *fleet.Retention) bool {
	return r.Type != mostRecent && r.Condition != nil && r.Condition.When != "always"
}

// mostRecent is the type of rules that keep one value.
const mostRecent = "mostrecent"

// keep leaves of the rows of a sheet those that the property's rule keeps.
func (s *sheets) keep(ctx context.Context, store storage.Store, one *sheet) error {
	r := one.place.Property.Retention
	if r == nil || len(one.rows) == 0 {
		return nil
	}
	if r.Type == mostRecent {
		return s.keepNewest(ctx, store, one)
	}
	if life, err := fleet.ParseLife(r.Lifetime); err == nil {
		if before, ok := life.Before(s.c.p.Now()); ok {
			oldest := before.UnixMilli()
			one.rows = slices.DeleteFunc(one.rows, func(r row) bool { return r.at < oldest })
		}
	}
	if !conditional(r) || len(one.rows) == 0 {
		return nil
	}
	h, err := s.history(ctx, store, one)
	if err != nil {
		return err
	}
	defer h.close()
	return h.sift(ctx, one, r.Condition)
}

// keepNewest leaves the last row, unless a later value is stored.
func (s *sheets) keepNewest(ctx context.Context, store storage.Store, one *sheet) error {
	one.rows = one.rows[len(one.rows)-1:]
	sel, err := s.selection(one)
	if err != nil {
		return err
	}
	later := points.Range{From: one.rows[0].at + 1, To: math.MaxInt64}
	for series, err := range store.Select(ctx, sel) {
		if err != nil {
			return err
		}
		found, err := series.Any(ctx, later)
		if err != nil {
			return err
		}
		if found {
			one.rows = nil
			return nil
		}
	}
	return nil
}

// selection is all series that hold values of a sheet's property.
func (s *sheets) selection(one *sheet) (storage.Selection, error) {
	sel, err := s.c.selection(s.o)
	sel.Metrics = []string{one.place.Metric}
	sel.Matchers = append(sel.Matchers, one.place.Matchers()...)
	return sel, err
}

// crop deletes what the rules of the properties have no room for any more.
func (s *sheets) crop(ctx context.Context) error {
	for _, one := range s.all {
		r := one.place.Property.Retention
		if r == nil || len(one.rows) == 0 || r.Capacity == 0 && r.Type != mostRecent {
			continue
		}
		if !s.c.p.crops.due(cropped{s.o.Organization, s.o.ID, one.place.Metric}, len(one.rows), r) {
			continue
		}
		if err := s.c.p.Fleet.Crop(ctx, s.o.Organization, s.o.ID, &one.place); err != nil {
			return err
		}
	}
	return nil
}

package connio

import (
	"context"
	"errors"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// partTag is the tag by which the engine tells the groups of a question apart. It
// shows in no answer.
const partTag = "part"

// maxPasses is how many groups are read one by one where they are too large to be
// held.
const maxPasses = 1000

// drawing is the groups of a question while they are drawn from its series.
type drawing struct {
	*ask
	groupers  []grouper // of its own, since some keep what they have counted last
	pointwise []int     // which of them look at points, and not at their series alone
	numbers   [][]int64 // of the points of the run at hand, for each of those
	series    []storage.Series
	at        map[partKey]*part // nil until there is a group
	list      []*part
	classes   map[string]int // of the series, by what their points have in common
	key       []byte
	left      int64 // points until the limit; negative: there is none
	read      int64
	held      int64
	reading   int  // how many of the blocks that are lent first the series are read into
	over      bool // there is more than may be held
}

// draw groups the points of a question's series, and answers the groups as series.
// The points are held where they fit into half of what a query may hold; else each
// group reads all of them again.
func (a *ask) draw(ctx context.Context, series []storage.Series) ([]storage.Series, error) {
	if len(a.groupers) == 0 && alike(series) {
		return a.single(ctx, series)
	}
	d := a.drawing(series)
	if err := d.all(ctx); err != nil {
		return nil, err
	}
	if err := d.known(ctx); err != nil {
		return nil, err
	}
	if d.over && d.backwards() {
		return nil, a.bounds.TooLarge()
	}
	slices.SortStableFunc(d.list, a.compare)
	a.parts = d.list
	all := make([]storage.Series, len(d.list))
	for i, p := range d.list {
		all[i] = &group{name(i, p), d, p}
	}
	return all, nil
}

// drawing is the drawing of a question before anything is read.
func (a *ask) drawing(series []storage.Series) *drawing {
	d := &drawing{ask: a, groupers: slices.Clone(a.groupers), series: series, left: -1}
	for i := range d.groupers {
		d.groupers[i].begin(a.within.From, a.zone)
		if d.groupers[i].by != "tag" {
			d.pointwise, d.numbers = append(d.pointwise, i), append(d.numbers, nil)
		}
	}
	if a.limit > 0 {
		d.left = a.limit
	}
	return d
}

// alike tells whether all series have points of one group type.
func alike(series []storage.Series) bool {
	for _, s := range series {
		if points.GroupType(s.Key().Type) != points.GroupType(series[0].Key().Type) {
			return false
		}
	}
	return true
}

// single is the one group of a question that only limits its points, which are
// read when the engine asks for them. Where all series are of one origin nothing
// is read before.
func (a *ask) single(ctx context.Context, series []storage.Series) ([]storage.Series, error) {
	if len(series) == 0 {
		return nil, nil
	}
	typ := series[0].Key().Type
	p := &part{group: points.GroupType(typ), typ: typ}
	a.parts = []*part{p}
	if len(series) == 1 {
		p.origins.add(originOf(series[0].Key().Tags))
		series[0] = &sole{a, p, series[0]}
		return series, nil
	}
	var err error
	d := a.drawing(series)
	if p.origins, err = d.origins(ctx); err != nil || len(p.origins.list) == 0 {
		return nil, err
	}
	d.over = true
	return []storage.Series{&group{points.Key{Type: typ}, d, p}}, nil
}

// origins are those of the points in the range, or the only one of all series.
func (d *drawing) origins(ctx context.Context) (found origins, err error) {
	for _, s := range d.series {
		found.add(originOf(s.Key().Tags))
	}
	if len(found.list) == 1 {
		return found, nil
	}
	found = origins{}
	for _, s := range d.series {
		from := originOf(s.Key().Tags)
		if found.has(from) {
			continue
		}
		there, err := s.Any(ctx, d.reach)
		if err != nil {
			return found, err
		}
		if there {
			found.add(from)
		}
	}
	return found, nil
}

// name is how the engine calls a group.
func name(i int, p *part) points.Key {
	number := [...]byte{'0', '0', '0', '0', '0', '0', '0', '0', '0', '0'}
	for at := len(number) - 1; i > 0; at-- {
		number[at] += byte(i % 10)
		i /= 10
	}
	return points.Key{Tags: points.Tags{{Name: partTag, Value: string(number[:])}}, Type: p.typ}
}

// all reads the points: all in the range, of which those beyond the limit only
// tell of their system tags, or, where series tell that, those within the limit.
func (d *drawing) all(ctx context.Context) (err error) {
	most := d.limit
	if len(d.pointwise) > 0 {
		most = 0
	}
	s := newStream(d.series, d.reach, d.question.order, most)
	for _, l := range s.lanes {
		l.block = d.lend(l.block)
	}
	d.reading = len(d.lent)
	defer func() { err = errors.Join(err, s.close()) }()
	for d.left != 0 || len(d.pointwise) > 0 {
		l, run, err := s.next(ctx)
		if err != nil {
			return ended(err)
		}
		if err := d.take(l, &run); err != nil {
			return err
		}
	}
	return nil
}

// take lays the points of a run into their groups, and holds those within the limit
// as long as they may be held.
func (d *drawing) take(l *lane, run *points.Block) error {
	d.read += int64(run.Len())
	if err := d.bounds.Points(d.read); err != nil {
		return err
	}
	kept := run.Len()
	if d.left >= 0 {
		kept = int(min(d.left, int64(kept)))
		d.left -= int64(kept)
	}
	d.hold(run, kept)
	d.number(run)
	if len(d.numbers) == 1 && d.groupers[d.pointwise[0]].numeric() && kept == run.Len() && !d.over {
		d.scatter(l, run)
		return nil
	}
	for from, to := 0, 0; from < run.Len(); from = to {
		to = d.alike(run, from)
		end := min(to, kept)
		p := d.part(l, from, end > from) // behind the limit no group begins
		if end <= from {
			continue
		}
		p.count += int64(end - from)
		if d.over {
			continue
		}
		if p.block == nil {
			p.block = d.lend(run)
		}
		p.add(run, from, end)
	}
	if d.over && len(d.list) > maxPasses {
		return d.bounds.TooLarge()
	}
	return nil
}

// hold charges the first points of a run, and gives up holding any where these, with
// the groups so far, are too many.
func (d *drawing) hold(run *points.Block, n int) {
	if d.over || n == 0 {
		return
	}
	view := run.Slice(0, n)
	if d.held += sizeOf(&view); d.bounds.Memory() > 0 && d.held > d.bounds.Memory()/2 {
		d.over = true
		for _, p := range d.list {
			p.block = nil
		}
		d.restBehind(d.reading)
	}
}

// sizeOf is about how many bytes a copy of a run occupies, with the room that
// columns grow into.
func sizeOf(b *points.Block) int64 {
	n := 40 * b.Len()
	for _, text := range b.Texts {
		n += 16 + len(text)
	}
	for _, bytes := range b.Bytes {
		n += 24 + len(bytes)
	}
	return int64(n)
}

// known completes the system tags of groups that the limit has kept from being
// read to their ends.
func (d *drawing) known(ctx context.Context) error {
	if d.limit == 0 || len(d.pointwise) > 0 {
		return nil
	}
	for _, s := range d.series {
		key := s.Key()
		from, group := originOf(key.Tags), points.GroupType(key.Type)
		for _, p := range d.list {
			if p.group != group || p.origins.has(from) || !d.together(p, from) {
				continue
			}
			there, err := s.Any(ctx, d.reach)
			if err != nil {
				return err
			}
			if there {
				p.origins.add(from)
			}
		}
	}
	return nil
}

// together tells whether groupers by tag put points of an origin into a group.
func (d *drawing) together(p *part, from origin) bool {
	for k := range d.groupers {
		for _, tag := range d.groupers[k].tags {
			if p.origin.value(tag) != from.value(tag) {
				return false
			}
		}
	}
	return true
}

// backwards tells whether the engine wants points in another order than that in
// which the limit counts them.
func (d *drawing) backwards() bool { return d.limit > 0 && d.plan.Order != d.question.order }

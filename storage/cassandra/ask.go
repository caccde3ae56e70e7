package cassandra

import (
	"context"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage/codec"
)

// ask answers the questions of a plan: first those about row times, then those
// about rows. A row time that the index does not list has no rows that anybody
// sees, so that these need not be asked for one by one.
func (s *Store) ask(ctx context.Context, c *conn, p *plan) error {
	var times []*timePlan
	for i := range p.times {
		if p.times[i].index.ask != askNothing {
			times = append(times, &p.times[i])
		}
	}
	if err := s.together(ctx, len(times), func(ctx context.Context, i int) error { return c.askTime(ctx, times[i]) }); err != nil {
		return err
	}
	var rows []*rowPlan
	for i := range p.rows {
		r := &p.rows[i]
		switch t := &p.times[r.of]; {
		case r.index.ask == askNothing:
		case t.index.learned && !t.index.found:
			r.index.learned = true
		default:
			rows = append(rows, r)
		}
	}
	return s.together(ctx, len(rows), func(ctx context.Context, i int) error { return c.askRow(ctx, p, rows[i]) })
}

// together does count things at once, each in one of the store's slots for
// writing. The first error ends the rest.
func (s *Store) together(ctx context.Context, count int, do func(context.Context, int) error) error {
	if count == 0 {
		return nil
	}
	return inParallel(ctx, s.config.Writing, count, func(ctx context.Context, i int) error {
		if err := enter(ctx, s.slots); err != nil {
			return err
		}
		defer leave(s.slots)
		return do(ctx, i)
	})
}

// askTime asks the time index for a row time. Whether one that was entered is
// still there is asked once and no more: if nobody answers, that is for later.
// One that was there before us has an end that nobody can tell, so that it gets
// none.
func (c *conn) askTime(ctx context.Context, t *timePlan) error {
	var at int64
	read := func(ctx context.Context) error {
		err := c.selects(readTimes, t.metric, pointTable, t.row, t.row).ScanContext(ctx, &at)
		t.index.found = err == nil
		if err == gocql.ErrNotFound {
			return nil
		}
		return err
	}
	if t.index.ask == askStill {
		t.index.answered = read(ctx) == nil
		return ctx.Err()
	}
	t.index.learned = true
	return c.attempt(ctx, "row times of "+t.metric, read)
}

// askRow asks how long a row that is to expire must stay in the index for the
// sake of what others have written: where row_keys has it, as long as the first
// and the last of its points. A point that lives for ever makes it stay so.
func (c *conn) askRow(ctx context.Context, p *plan, r *rowPlan) error {
	var typ string
	tags := cell(codec.AppendTags(nil, r.key.Tags))
	ok, err := c.one(ctx, "index of "+r.key.Metric, readRow, []any{&typ},
		r.key.Metric, pointTable, p.times[r.of].row, codec.StoredType(r.key.Type), &tags)
	r.index.learned, r.index.found = err == nil, false
	if err != nil || !ok {
		return err
	}
	for _, statement := range []string{readLife, readLifeAsc} {
		var life *int64
		ok, err := c.one(ctx, "life of "+r.key.Metric, statement, []any{&life}, &r.bytes)
		switch {
		case err != nil:
			return err
		case ok && life == nil:
			r.index.found, r.index.seen = true, 0
			return nil
		case ok:
			r.index.found, r.index.seen = true, max(r.index.seen, *life)
		}
	}
	return nil
}

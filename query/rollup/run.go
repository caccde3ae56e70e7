package rollup

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"aion/aggregators"
	"aion/query"
	"aion/storage"
	"aion/storage/ingest"
	"aion/storage/points"
)

// run runs all queries of a task once. One that fails does not keep the others
// from being run; only what has been done counts as done. The error is that of
// the run as a whole: the right to run the task is lost, or ctx has ended.
func (s *Scheduler) run(ctx context.Context, t *Task, st *stored, now int64) (Run, []QueryStatus, error) {
	r := Run{At: now, From: now, Host: s.Host}
	statuses := []QueryStatus{}
	var problems []string
	for _, j := range t.jobs() {
		began := s.Now()
		done, err := s.roll(ctx, t, j, st, &r)
		if errors.Is(err, errTaken) || ctx.Err() != nil {
			return r, nil, err
		}
		q := QueryStatus{
			Metric: j.metric.Name, Executed: StatusTime(began.In(s.Zone)), Points: done,
			Length: s.Now().Sub(began).Milliseconds(), At: st.Through[j.name],
		}
		if err != nil {
			q.Error = err.Error()
			problems = append(problems, j.name+": "+q.Error)
		}
		statuses = append(statuses, q)
	}
	r.Error = strings.Join(problems, "; ")
	return r, statuses, nil
}

// roll runs one query of a task over what has passed, stretch by stretch, and
// tells how many points came out.
func (s *Scheduler) roll(ctx context.Context, t *Task, j job, st *stored, r *Run) (done int64, err error) {
	cut, err := s.cutter(j)
	if err != nil {
		return 0, err
	}
	span, err := s.span(t, j, &st.State, r.At, cut)
	if err != nil {
		return 0, err
	}
	if st.Through == nil {
		st.Through = map[string]int64{}
	}
	r.From = min(r.From, span.From)
	for at := span.From; at <= span.To; {
		part, err := cut.first(at, span.To)
		if err != nil {
			return done, err
		}
		n, err := s.ask(ctx, t, j, part, "")
		done, r.Points = done+n, r.Points+n
		if err != nil {
			return done, err
		}
		if s.replaces(j) {
			st.notes(t, j.name, part.From)
		} else {
			st.forget(j.name)
		}
		at = part.To + 1
		st.Through[j.name] = max(st.Through[j.name], min(at, r.At))
		if err := s.prolong(ctx, t, st); err != nil {
			return done, err
		}
	}
	return done, nil
}

// cutter cuts time as the last range aggregator of a query does.
func (s *Scheduler) cutter(j job) (cutter, error) {
	i := lastRange(j.metric, s.Options.Specs)
	if i < 0 {
		return cutter{}, points.Invalid("a roll-up needs a range aggregator")
	}
	c := cutter{size: sampling(&j.metric.Aggregators[i]), zone: j.rollup.Zone}
	if c.zone == nil {
		c.zone = s.Options.Zone
	}
	return c, nil
}

// ask rolls up one stretch, within the limits of one more key unless that is
// empty, and tells how many points came out. They are stored when it returns. A bug
// that it meets is the task's failure, and not the server's.
func (s *Scheduler) ask(ctx context.Context, t *Task, j job, part stretch, within string) (done int64, err error) {
	defer func() { s.counts.points.Add(done) }()
	err = points.Guarded(func() (err error) {
		done, err = s.answer(ctx, t, j, part, within)
		return err
	})
	if bug, ok := errors.AsType[*points.PanicError](err); ok {
		s.Log.Error("a roll-up task has met a bug", "task", t.ID, "error", bug, "stack", string(bug.Stack))
	}
	return done, err
}

// answer is ask, which may panic.
func (s *Scheduler) answer(ctx context.Context, t *Task, j job, part stretch, within string) (done int64, err error) {
	may, err := s.bounds(ctx, t, within)
	if err != nil {
		return 0, err
	}
	plan, err := query.Build(query.Query{
		Start: query.At(part.From), End: query.At(part.To), Zone: j.rollup.Zone,
		Metrics: []query.Metric{s.metric(j, part)},
	}, s.Now(), s.Options)
	if err != nil {
		return 0, err
	}
	watched, release := may.watch(ctx)
	defer release()
	for answer, err := range s.engine(&may, j, part).Run(watched, may.Store, plan, nil) {
		n := int64(0)
		if err == nil {
			n, err = finish(watched, answer)
		}
		if done += n; err != nil && watched.Err() != nil && ctx.Err() == nil {
			err = context.Cause(watched)
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// engine runs the query of a job over a stretch.
func (s *Scheduler) engine(may *Bounds, j job, part stretch) *query.Engine {
	own := func(context.Context) query.Limits { return may.Limits }
	return query.New(query.Config{Limits: s.Limits, Own: own, Workers: 1, Sink: func(w storage.Writer) query.Sink {
		if !s.replaces(j) {
			return ingest.NewSink(w, ingest.Config{})
		}
		return newReplacer(may.Store, w, j, &j.metric.Aggregators[lastRange(j.metric, s.Options.Specs)], part)
	}})
}

// finish reads an answer to its end and counts its points.
func finish(ctx context.Context, answer *query.Answer) (done int64, err error) {
	var b points.Block
	for result, err := range answer.Results {
		if err != nil {
			return done, err
		}
		n, err := drain(ctx, result.Points, &b)
		if done += n; err != nil {
			return done, err
		}
	}
	return done, nil
}

// drain reads points to their end and counts them.
func drain(ctx context.Context, c points.Cursor, b *points.Block) (n int64, err error) {
	for {
		switch err := c.Next(ctx, b); {
		case err == io.EOF:
			return n, nil
		case err != nil:
			return n, err
		}
		n += int64(b.Len())
	}
}

// metric is what is asked of a stretch: the ranges of the last range aggregator
// are those of the stretch, and what comes out is saved.
func (s *Scheduler) metric(j job, part stretch) query.Metric {
	m := *j.metric
	m.Aggregators = slices.Clone(m.Aggregators)
	last := &m.Aggregators[lastRange(&m, s.Options.Specs)]
	last.Values = maps.Clone(last.Values)
	if last.Values == nil {
		last.Values = aggregators.Values{}
	}
	last.Values["start_time"], last.Values["align_sampling"] = part.origin, false
	if j.rollup.Zone != nil {
		last.Values["time_zone"] = j.rollup.Zone
	} else {
		delete(last.Values, "time_zone")
	}
	m.Aggregators = append(m.Aggregators, query.Aggregation{
		Name: "save_as", Values: aggregators.Values{"metric_name": j.rollup.SaveAs},
	})
	return m
}

// replaces tells whether what a query stores may take the place of what it has
// stored before. It may not where something else fills the same metric, or where
// several groups may end in one series.
func (s *Scheduler) replaces(j job) bool {
	m := j.metric
	for _, g := range m.Groupers {
		if _, ok := g.(query.TagGrouper); !ok {
			return false
		}
	}
	for _, a := range m.Aggregators {
		if a.Name == "save_as" {
			return false
		}
	}
	return m.Name != j.rollup.SaveAs && m.Order == points.Asc && s.alone(j.rollup.SaveAs)
}

package connio

import (
	"context"
	"errors"
	"io"
	"iter"

	"aion/storage"
	"aion/storage/points"
)

// view is a store as the engine sees it for one question.
type view struct {
	narrowed
	ask *ask
}

// narrowed is a store as whoever asks may see it.
type narrowed interface{ storage.Store }

// Snapshot is the view of one moment of the store.
func (v *view) Snapshot(ctx context.Context) (storage.Snapshot, error) {
	s, err := v.narrowed.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return &viewSnapshot{s, v.ask}, nil
}

// viewSnapshot is a view of a snapshot.
type viewSnapshot struct {
	storage.Snapshot
	ask *ask
}

// Select yields the property's series with the system tags alone, or the groups
// that the points of the series are drawn into.
func (v *viewSnapshot) Select(ctx context.Context, s storage.Selection) iter.Seq2[storage.Series, error] {
	s.Most = 0
	return func(yield func(storage.Series, error) bool) {
		var all []storage.Series
		for series, err := range v.Snapshot.Select(ctx, s) {
			visible := false
			if err == nil {
				visible, err = v.ask.visible(ctx, series)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if visible {
				all = append(all, series)
			}
		}
		all, err := v.ask.stored(all)
		if err == nil {
			all = v.ask.level(all)
		}
		if err == nil && v.ask.drawn {
			all, err = v.ask.draw(ctx, all)
		} else {
			for i, series := range all {
				all[i] = tag(series)
			}
		}
		if err != nil {
			yield(nil, err)
			return
		}
		for _, series := range all {
			if !yield(series, nil) {
				return
			}
		}
	}
}

// tagged is a series that has the system tags alone, with the values that stand
// for those that it lacks.
type tagged struct {
	storage.Series
	key points.Key
}

// Key is the series' key without its other tags.
func (t *tagged) Key() points.Key { return t.key }

// Unwrap is the series itself.
func (t *tagged) Unwrap() storage.Series { return t.Series }

// taggedSums is a tagged series that keeps summaries.
type taggedSums struct {
	tagged
	inner storage.Summarized
}

// Summaries are the series'.
func (t *taggedSums) Summaries(r points.Range) points.Summarizer { return t.inner.Summaries(r) }

// tag makes a series a tagged one.
func tag(s storage.Series) storage.Series {
	key := s.Key()
	t := tagged{s, points.Key{Metric: key.Metric, Tags: originOf(key.Tags).tags(), Type: key.Type}}
	if inner, ok := s.(storage.Summarized); ok {
		return &taggedSums{t, inner}
	}
	return &t
}

// ended is nil where a stream has come to its end, and else what went wrong.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

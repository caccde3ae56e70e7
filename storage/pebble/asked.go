package pebble

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage"
	"aion/storage/pebble/posting"
)

// asked is a matcher, and its postings as they are stored where those are few:
// their length tells before they are read which matcher holds for the fewest
// series. Of small ones it is what they hold.
type asked struct {
	matcher *storage.Matcher
	stored  [][]byte
	closers []io.Closer
	numbers []uint64
	weight  int
	err     error
}

// fewValues is how many values a matcher has at most whose postings are looked up
// to compare it with others.
const fewValues = 8

// heavy is what a matcher weighs at least whose postings are not looked up.
const heavy = 1 << 40

// ask parts matchers into those that want a tag to have some value, the ones that
// hold for few series first, and the others.
func (s scope) ask(ctx context.Context, matchers []storage.Matcher) (list []asked, others []*storage.Matcher) {
	for i := range matchers {
		m := &matchers[i]
		switch {
		case m.Not || m.Absent:
			others = append(others, m)
		case len(m.Patterns) > 0 || len(m.Values) > fewValues:
			list = append(list, asked{matcher: m, weight: heavy*(1+len(m.Patterns)) + len(m.Values)})
		default:
			list = append(list, asked{matcher: m})
		}
	}
	if len(list) > 1 {
		for i := range list {
			if list[i].weight == 0 {
				list[i].look(ctx, s)
			}
		}
		slices.SortStableFunc(list, func(a, b asked) int { return cmp.Compare(a.weight, b.weight) })
	}
	return list, others
}

// look finds the postings of a matcher.
func (a *asked) look(ctx context.Context, s scope) {
	for _, v := range a.matcher.Values {
		if err := a.lookUp(ctx, s, s.value(a.matcher.Tag, v)); err != nil {
			a.err = translate(err)
			return
		}
	}
	for _, stored := range a.stored {
		a.weight += len(stored)
	}
	a.weight += 1 + len(a.numbers) // one, which says that they have been looked up
}

// lookUp finds the postings of a value.
func (a *asked) lookUp(ctx context.Context, s scope, key []byte) error {
	if !s.one {
		return s.r.eachPosting(ctx, key, func(it *pebble.Iterator) error {
			stored, err := it.ValueAndErr()
			a.stored = append(a.stored, bytes.Clone(stored))
			return err
		})
	}
	if numbers, ok := s.r.s.postings.find(s.r.turn, key); ok {
		a.numbers = append(a.numbers, numbers...)
		return nil
	}
	stored, closer, err := s.r.snap.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(stored) > posting.Few {
		a.stored, a.closers = append(a.stored, stored), append(a.closers, closer)
		return nil
	}
	members, err := posting.Parse(stored)
	if err = firstOf(err, closer.Close()); err != nil {
		return err
	}
	s.r.s.postings.keep(s.r.turn, key, members)
	a.numbers = append(a.numbers, members.ToArray()...)
	return nil
}

// read is the set of the series for which the matcher holds.
func (a *asked) read(ctx context.Context, s scope) (*set, error) {
	if a.weight == 0 || a.weight >= heavy {
		return s.having(ctx, a.matcher)
	}
	out := &set{}
	out.AddMany(a.numbers)
	for _, stored := range a.stored {
		var removed set
		if err := posting.ParseDelta(stored, out, &removed); err != nil {
			return nil, err
		}
	}
	return out, a.err
}

// closeAll lets go of the postings.
func closeAll(list []asked) {
	for _, a := range list {
		for _, c := range a.closers {
			// What was read has been read.
			_ = c.Close()
		}
	}
}

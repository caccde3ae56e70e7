package spool

import (
	"context"
	"errors"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// refusal is what the target will not have, and why.
type refusal struct {
	change storage.Change
	reason string
}

// invalid tells whether an error is a refusal for good, and its reason.
func invalid(err error) (reason string, ok bool) {
	var refused *points.InvalidError
	if !errors.As(err, &refused) {
		return "", false
	}
	return err.Error(), true
}

// hand hands a record over to the target. A batch that the target refuses is
// taken apart until what is refused stands alone, and that goes to the file of
// refusals. After an error hand is called again and goes on where it was.
func (s *Store) hand(ctx context.Context, r *record) error {
	if !r.parted && !r.done {
		err := s.target.WriteAt(ctx, &r.batch, r.at)
		_, refused := invalid(err)
		if err != nil && !refused {
			return err
		}
		if r.done = !refused; r.done {
			r.expired = s.expired(r.batch.Changes, r.at)
		} else {
			r.parted, r.split = true, resolve(r.batch.Changes)
		}
	}
	for len(r.split) != 0 {
		if err := s.handOne(ctx, r); err != nil {
			return err
		}
	}
	if !r.done {
		if err := s.refusals.write(r); err != nil {
			return err
		}
		if r.done = true; len(r.refused) != 0 {
			s.complain("the store refused points for good; they are in "+refusedName, errors.New(r.refused[0].reason))
		}
	}
	return nil
}

// handOne hands over the first change that is left of a record, or parts it.
func (s *Store) handOne(ctx context.Context, r *record) error {
	c := r.split[0]
	var b storage.Batch
	add(&b, &c)
	err := s.target.WriteAt(ctx, &b, r.at)
	reason, refused := invalid(err)
	switch halves := halve(&c); {
	case err == nil:
		r.split = r.split[1:]
		r.expired += s.expired(b.Changes, r.at)
	case !refused:
		return err
	case halves != nil:
		r.split = slices.Concat(halves, r.split[1:])
	default:
		r.split = r.split[1:]
		r.refuse(c, reason)
	}
	return nil
}

// refuse notes a refused point or removal, together with those before it that
// are of the same series and were refused for the same reason.
func (r *record) refuse(c storage.Change, reason string) {
	r.lost += int64(c.Points.Len())
	r.poison += int64(c.Points.Len() + len(c.Remove))
	if n := len(r.refused); n != 0 {
		last := &r.refused[n-1]
		same := last.reason == reason && last.change.TTL == c.TTL && sameKey(&last.change.Key, &c.Key)
		if same && last.change.Points.Len() != 0 && c.Points.Len() != 0 {
			last.change.Points.AppendBlock(&c.Points)
			return
		}
		if same && len(last.change.Remove) != 0 && len(c.Remove) != 0 {
			last.change.Remove = append(last.change.Remove, c.Remove...)
			return
		}
	}
	own := storage.Change{Key: c.Key, TTL: c.TTL, Remove: slices.Clone(c.Remove)}
	if c.Points.Len() != 0 {
		own.Points.Reset(c.Points.Kind)
		own.Points.AppendBlock(&c.Points)
	}
	r.refused = append(r.refused, refusal{own, reason})
}

// sameKey tells whether two keys name one series.
func sameKey(a, b *points.Key) bool {
	return a.Metric == b.Metric && a.Type == b.Type && slices.Equal(a.Tags, b.Tags)
}

// expired counts the points whose own life, begun at a time, is over.
func (s *Store) expired(changes []storage.Change, at int64) (n int64) {
	now := s.now().UnixMilli()
	for i := range changes {
		if c := &changes[i]; c.TTL > 0 && now-at >= c.TTL.Milliseconds() {
			n += int64(c.Points.Len())
		}
	}
	return n
}

// add adds a change to a batch.
func add(b *storage.Batch, c *storage.Change) {
	b.Put(c.Key, c.Points, c.TTL)
	b.Changes[len(b.Changes)-1].Remove = c.Remove
}

// halve parts a change in two, or in nothing if it is but one point or removal.
func halve(c *storage.Change) []storage.Change {
	first, second := *c, *c
	n, m := c.Points.Len(), len(c.Remove)
	switch {
	case n != 0 && m != 0:
		first.Points, second.Remove = points.Block{}, nil
	case n > 1:
		first.Points, second.Points = c.Points.Slice(0, n/2), c.Points.Slice(n/2, n)
	case m > 1:
		first.Remove, second.Remove = c.Remove[:m/2], c.Remove[m/2:]
	default:
		return nil
	}
	return []storage.Change{first, second}
}

// resolve leaves of all that changes do to one time of one series the last. So
// they may be made one by one with one write time, where a store could not tell
// their order.
func resolve(changes []storage.Change) []storage.Change {
	type place struct {
		key string
		at  int64
	}
	seen := map[place]bool{}
	var left []storage.Change
	for i := len(changes) - 1; i >= 0; i-- {
		c := changes[i]
		key := string(c.Key.Append(nil))
		fresh := func(times []int64) (at []int) {
			for j := len(times) - 1; j >= 0; j-- {
				if p := (place{key, times[j]}); !seen[p] {
					seen[p], at = true, append(at, j)
				}
			}
			slices.Reverse(at)
			return at
		}
		out := storage.Change{Key: c.Key, TTL: c.TTL, Points: choose(&c.Points, fresh(c.Points.Times))}
		for _, j := range fresh(c.Remove) {
			out.Remove = append(out.Remove, c.Remove[j])
		}
		if out.Points.Len() != 0 || len(out.Remove) != 0 {
			left = append(left, out)
		}
	}
	slices.Reverse(left)
	return left
}

// choose is a block of some points of b.
func choose(b *points.Block, which []int) (out points.Block) {
	out.Reset(b.Kind)
	for _, i := range which {
		v := b.Slice(i, i+1)
		out.AppendBlock(&v)
	}
	return out
}

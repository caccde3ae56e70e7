package pebble

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// holders are series that have a name or a value in common: those of the posting
// that an iterator is at, or of a set. They are looked at before the next ones are
// asked for.
type holders struct {
	it  *pebble.Iterator
	set *set
}

// addTo adds the series to out.
func (h holders) addTo(out *set) error {
	if h.it == nil {
		out.Or(h.set)
		return nil
	}
	return addPosting(h.it, out)
}

// step is what a walk over names or values does next.
type step int

const (
	stepOn   step = iota // to what comes next
	stepPast             // to the next name: the rest of this one's series are not wanted
	stepOut              // nowhere: enough is known
)

// eachValue calls f with the values of a tag that begin with prefix, in their
// order, and with series that have them, until it answers stepOut. Where the scope
// is all metrics, a value comes once for each metric.
func (s scope) eachValue(ctx context.Context, tag, prefix string, f func(value string, of holders) (step, error)) (err error) {
	base := appendText(appendPosting(nil, postValue), tag)
	from := appendOpen(slices.Clone(base), prefix)
	it, err := s.r.snap.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: next(from)})
	if err != nil {
		return translate(err)
	}
	defer func() { err = translate(firstOf(err, it.Close())) }()
	w := valueWalk{it: it, base: len(base), patience: manyForeign}
	if s.one {
		w.metric = appendText(nil, s.metric)
	}
	then := stepOn
	for ok := it.First(); then != stepOut && err == nil; ok = w.next(then) {
		for ok = w.settle(ctx, ok); !ok && w.jumps == w.patience; ok = w.settle(ctx, it.Valid()) {
			var few *set
			if few, err = s.fewOf(tag); err != nil {
				break
			}
			if few == nil {
				w.patience = -1
			} else if w.patience = int(few.GetCardinality() / keysPerJump); w.patience <= w.jumps {
				left := func(value string) bool { return strings.HasPrefix(value, prefix) && (!w.begun || value > w.given) }
				return s.valuesByKey(ctx, few, tag, left, f)
			}
		}
		if !ok {
			break
		}
		w.given, w.begun = w.value, true
		then, err = f(w.value, holders{it: it})
	}
	return firstOf(err, w.err, it.Error())
}

// manyForeign is how often a walk jumps over postings of other metrics in vain
// before it looks for a shorter way.
const manyForeign = 256

// ownJumps is how many jumps it takes at most from one value that the metric has
// to the next, where no value in between is one of other metrics alone.
const ownJumps = 2

// keysPerJump is about how many keys are read in the time of a jump.
const keysPerJump = 4

// fewShare is by how much the series of a metric that have a tag must be
// outnumbered by those of all metrics for their keys to be read instead of all the
// tag's values.
const fewShare = 8

// fewOf is the set of the series of the scope's metric that have a tag, or nil
// where they are not few among all that have it.
func (s scope) fewOf(tag string) (*set, error) {
	few, err := readPosting(s.r.snap, s.tag(tag))
	if err != nil {
		return nil, err
	}
	all, err := readPosting(s.r.snap, scope{r: s.r}.tag(tag))
	if err != nil || few.GetCardinality()*fewShare >= all.GetCardinality() {
		return nil, err
	}
	return few, nil
}

// valuesByKey is eachValue by the keys of the series that have the tag, for values
// that want answers true for.
func (s scope) valuesByKey(ctx context.Context, having *set, tag string, want func(value string) bool, f func(value string, of holders) (step, error)) error {
	values := map[string]*set{}
	err := s.r.eachKey(ctx, having, func(number uint64, k points.Key) (bool, error) {
		v, ok := k.Tags.Value(tag)
		if !ok || !want(v) {
			return true, nil
		}
		if values[v] == nil {
			values[v] = &set{}
		}
		values[v].Add(number)
		return true, nil
	})
	then := stepOn
	for _, v := range slices.Sorted(maps.Keys(values)) {
		if err = firstOf(err, ctx.Err()); err != nil || then == stepOut {
			break
		}
		then, err = f(v, holders{set: values[v]})
	}
	return err
}

// valueWalk walks over the postings of the values of a tag, of one metric or of
// all.
type valueWalk struct {
	it       *pebble.Iterator
	base     int    // how many bytes of the keys stand before the value
	metric   []byte // nil: all
	encoded  []byte // of the value that it is at
	value    string
	given    string // the value that the caller has been given last
	begun    bool   // it has been given one
	jumps    int    // how often it has jumped over other metrics in vain
	patience int    // how often it does; negative: for ever
	seek     []byte
	err      error
}

// next goes to the next posting of any metric.
func (w *valueWalk) next(then step) bool {
	if then == stepPast && w.metric == nil {
		return w.jump(w.pastValue())
	}
	return w.it.Next()
}

// settle moves on to a posting of the metric, from where the iterator is, if it is
// anywhere. It also stops where its patience or ctx ends.
func (w *valueWalk) settle(ctx context.Context, ok bool) bool {
	for ok {
		if w.err = ctx.Err(); w.err != nil {
			return false
		}
		rest, readable := w.parse()
		if !readable || w.metric == nil {
			return readable
		}
		order := bytes.Compare(rest, w.metric)
		if order == 0 {
			w.jumps = max(0, w.jumps-ownJumps)
			return true
		}
		if w.jumps == w.patience {
			return false
		}
		w.jumps++
		if order < 0 {
			ok = w.jump(append(w.valueKey(), w.metric...))
		} else {
			ok = w.jump(w.pastValue())
		}
	}
	return false
}

// valueKey is what the keys of the value's postings begin with.
func (w *valueWalk) valueKey() []byte {
	return append(w.seek[:0], w.it.Key()[:w.base+len(w.encoded)]...)
}

// pastValue is behind the keys of the value's postings: the end of a text is a
// byte higher there.
func (w *valueWalk) pastValue() []byte {
	key := w.valueKey()
	key[len(key)-1]++
	return key
}

// jump goes to a key.
func (w *valueWalk) jump(key []byte) bool {
	w.seek = key
	return w.it.SeekGE(key)
}

// parse reads the value that the iterator is at, and answers what stands behind
// it.
func (w *valueWalk) parse() (rest []byte, ok bool) {
	key := w.it.Key()[w.base:]
	if len(w.encoded) != 0 && bytes.HasPrefix(key, w.encoded) {
		return key[len(w.encoded):], true
	}
	value, rest, ok := parseText(key)
	if !ok {
		w.err = fmt.Errorf("read the posting %q: %w", w.it.Key()[1:], points.ErrCorrupt)
		return nil, false
	}
	w.value, w.encoded = value, append(w.encoded[:0], key[:len(key)-len(rest)]...)
	return rest, true
}

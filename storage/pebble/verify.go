package pebble

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/chunk"
	"aion/storage/points"
)

// Verify reads everything and compares: every index entry with its series and
// the other way round, every chunk and run with its key and its checksum. The
// error, an ErrCorrupt, tells the first thing that is wrong. It needs memory for
// the whole index.
func (s *Store) Verify(ctx context.Context) error {
	r := s.hold()
	v := &verifier{ctx: ctx, r: r, postings: map[string]*set{}}
	err := firstOf(v.series(), v.postingsMatch(), v.data(), v.due())
	return firstOf(err, translate(r.snap.Close()))
}

// verifier checks a store as of one moment.
type verifier struct {
	ctx      context.Context
	r        reader
	all      set             // the series there are
	having   set             // those that have a chunk or a run
	postings map[string]*set // as the keys of the series want them
	chunk    chunk.Chunk
	block    points.Block
	over     overlay
	number   uint64 // of the chunk before
	last     int64  // its last time
}

// wrong is what a check has found.
func wrong(format string, args ...any) error {
	return fmt.Errorf("verify: "+format+": %w", append(args, points.ErrCorrupt)...)
}

// each calls f with every entry under a prefix.
func (v *verifier) each(prefix byte, f func(key, value []byte) error) error {
	it, err := v.r.snap.NewIter(&pebble.IterOptions{LowerBound: []byte{prefix}, UpperBound: []byte{prefix + 1}})
	if err != nil {
		return translate(err)
	}
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		var value []byte
		if value, err = it.ValueAndErr(); err == nil {
			err = firstOf(v.ctx.Err(), f(it.Key(), value))
		}
	}
	return translate(firstOf(err, it.Error(), it.Close()))
}

// series checks that the two halves of the dictionary say the same, and notes
// which postings there should be.
func (v *verifier) series() error {
	var buf []byte
	err := v.each(keySeries, func(key, value []byte) error {
		number, ok := parseNumbered(key)
		k, err := parseKey(value)
		if !ok || len(key) != 9 || err != nil {
			return wrong("the series entry %x", key)
		}
		if n, ok, err := readNumber(v.r.snap, value); err != nil || !ok || n != number {
			return firstOf(err, wrong("%s has the number %d, and the dictionary says %d", k, number, n))
		}
		v.all.Add(number)
		buf = eachPosting(&k, buf, func(posting []byte) {
			s := v.postings[string(posting)]
			if s == nil {
				s = &set{}
				v.postings[string(posting)] = s
			}
			s.Add(number)
		})
		return nil
	})
	if err != nil {
		return err
	}
	return v.each(keyNumber, func(key, value []byte) error {
		if len(value) != 8 || !v.all.Contains(binary.BigEndian.Uint64(value)) {
			return wrong("the dictionary entry %q names no series", key[1:])
		}
		return nil
	})
}

// postingsMatch checks that the index has the postings that it should have, and
// no other.
func (v *verifier) postingsMatch() error {
	err := v.each(keyPosting, func(key, value []byte) error {
		found, err := parsePosting(value)
		if err != nil {
			return err
		}
		want := v.postings[string(key)]
		if want == nil {
			return wrong("the posting %q should not be there", key[1:])
		}
		if !found.Equals(want) {
			return wrong("the posting %q has %d series instead of %d", key[1:], found.GetCardinality(), want.GetCardinality())
		}
		delete(v.postings, string(key))
		return nil
	})
	if err != nil {
		return err
	}
	for key := range v.postings {
		return wrong("the posting %q is not there", key[1:])
	}
	return nil
}

// data checks chunks and runs, and that each series has some.
func (v *verifier) data() error {
	err := firstOf(
		v.each(keyChunk, v.checkChunk),
		v.each(keyCarried, func(key, value []byte) error {
			number, rank, ok := parseCarriedKey(key)
			return v.checkRun(key, value, number, rank, ok)
		}),
		v.each(keyRun, func(key, value []byte) error {
			number, rank, ok := parseRunKey(key)
			if epoch := uint32(rank >> 32); ok && (epoch < v.r.at.oldest || epoch > v.r.at.newest) {
				return wrong("the run %x lies outside the epochs %v", key, v.r.at)
			}
			return v.checkRun(key, value, number, rank, ok)
		}),
	)
	if err != nil {
		return err
	}
	if v.having.AndNot(&v.all); !v.having.IsEmpty() {
		return wrong("series %d has points and no name", v.having.Minimum())
	}
	return nil
}

// hold notes that a series has data.
func (v *verifier) hold(number uint64) {
	if !v.having.Contains(number) {
		v.having.Add(number)
	}
}

// checkChunk checks one chunk against its key and the chunk before.
func (v *verifier) checkChunk(key, value []byte) error {
	number, ok := parseNumbered(key)
	first, ok2 := parseChunkKey(key, number)
	if !ok || !ok2 {
		return wrong("the chunk entry %x", key)
	}
	v.hold(number)
	if err := v.chunk.Open(value); err != nil {
		return fmt.Errorf("verify: chunk %x: %w", key, err)
	}
	v.block.Reset(v.chunk.Kind())
	if err := v.chunk.AppendPages(&v.block, 0, v.chunk.Pages()); err != nil {
		return fmt.Errorf("verify: chunk %x: %w", key, err)
	}
	n := v.block.Len()
	switch {
	case n == 0 || v.block.Times[0] != first || v.block.Times[n-1] != v.chunk.Last() || !ascending(v.block.Times):
		return wrong("the times of chunk %x", key)
	case number == v.number && first <= v.last:
		return wrong("chunk %x overlaps the one before", key)
	}
	v.number, v.last = number, v.chunk.Last()
	if _, err := v.chunk.AppendExpiries(nil); err != nil {
		return fmt.Errorf("verify: chunk %x: %w", key, err)
	}
	return nil
}

// checkRun checks one run.
func (v *verifier) checkRun(key, value []byte, number, rank uint64, ok bool) error {
	if !ok {
		return wrong("the run entry %x", key)
	}
	v.hold(number)
	v.over.reset(points.Number)
	if err := v.over.add(key, value, rank); err != nil {
		return fmt.Errorf("verify: run %x: %w", key, err)
	}
	if len(v.over.larges) == 0 {
		return nil
	}
	_, data, _, err := parseRunHead(value, rank, nil)
	if err == nil {
		_, _, data, err = parseChunkRun(data)
	}
	if err == nil {
		err = v.chunk.Open(data)
	}
	if err != nil {
		return fmt.Errorf("verify: run %x: %w", key, err)
	}
	if g := v.over.larges[0]; g.first != v.chunk.First() || g.last != v.chunk.Last() || g.n != v.chunk.Len() {
		return wrong("run %x is not what it says", key)
	}
	return nil
}

// due checks that what is filed for the sweeper is filed under the time that the
// series says.
func (v *verifier) due() error {
	return v.each(keyFiled, func(key, value []byte) error {
		number, ok := parseNumbered(key)
		if !ok || len(value) != 8 || !v.all.Contains(number) {
			return wrong("the filing %x", key)
		}
		at := int64(binary.BigEndian.Uint64(value))
		_, closer, err := v.r.snap.Get(appendDueKey(nil, at, number))
		if err != nil {
			return wrong("series %d is not filed under %d", number, at)
		}
		return closer.Close()
	})
}

package pebble

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"

	"aion/storage/pebble/posting"
	"aion/storage/points"
)

// series checks that the two halves of the dictionary say the same, and notes
// which postings there should be.
func (v *verifier) series() error {
	names := newBalance()
	whole := true
	var buf []byte
	err := v.eachName(v.report, func(number uint64, key []byte, k *points.Key) {
		v.tally.Series++
		v.all.Add(number)
		v.addType(k.Type, number)
		print := fingerprintOf(key)
		names.add(print[:], number)
		buf = eachPosting(k, buf, func(posting []byte) { v.index.add(posting, number) })
	}, func(before, behind []byte, err error) {
		whole = false
		v.report(fmt.Errorf("the names of the series behind %x and before %x: %w", before, behind, err))
	})
	if err != nil {
		return err
	}
	err = v.walk(keyNumber, func(key, value []byte) {
		if len(value) != 8 || len(key) != 1+len(fingerprint{}) {
			v.wrong("the dictionary entry %x", key[1:])
			return
		}
		names.take(key[1:], binary.BigEndian.Uint64(value))
	}, func(before, behind []byte, err error) {
		whole = false
		v.report(fmt.Errorf("the numbers of the series behind %x and before %x: %w", before, behind, err))
	})
	if err != nil || !whole || names.even() {
		return err
	}
	return v.mismatched()
}

// eachName calls f with every series whose key can be read, and unreadable with
// what is wrong with sheets and keys.
func (v *verifier) eachName(unreadable func(error), f func(number uint64, key []byte, k *points.Key), lost func(before, behind []byte, err error)) error {
	var sheet sheetReader
	return v.walk(keySeries, func(at, value []byte) {
		first, ok := parseNumbered(at)
		if !ok || len(at) != 9 || first != sheetOf(first) || len(value) == 0 {
			unreadable(fmt.Errorf("the series entry %x: %w", at, points.ErrCorrupt))
			return
		}
		for sheet.open(first, value); sheet.next(); {
			k, err := parseKey(sheet.key)
			if err == nil && !k.Tags.Sorted() {
				err = damagedKey()
			}
			if err != nil {
				unreadable(fmt.Errorf("the key of series %d: %w", sheet.number, err))
				continue
			}
			f(sheet.number, sheet.key, &k)
		}
		if err := sheet.err(); err != nil {
			unreadable(err)
		}
	}, lost)
}

// mismatched reports the entries of either half of the dictionary that the other
// half does not confirm.
func (v *verifier) mismatched() error {
	unreadable := func(_, _ []byte, err error) { v.report(err) }
	err := v.eachName(func(error) {}, func(number uint64, key []byte, _ *points.Key) {
		if n, ok, err := readNumber(v.r.snap, key); err != nil || !ok || n != number {
			v.blame(number, points.Always, firstOf(err, fmt.Errorf("the dictionary says number %d instead of %d: %w", n, number, points.ErrCorrupt)))
		}
	}, unreadable)
	if err != nil {
		return err
	}
	return v.walk(keyNumber, func(key, value []byte) {
		number, _ := parseNumbered(append([]byte{0}, value...))
		k, ok, err := readKey(v.r.snap, nil, number)
		if print := fingerprintOf(k); err != nil || !ok || string(print[:]) != string(key[1:]) {
			v.wrong("the dictionary entry %x names no series", key[1:])
		}
	}, unreadable)
}

// postings checks that the index has the postings that it should have, and no
// other. Only parts of the index that do not add up are held in memory.
func (v *verifier) postings() error {
	whole := true
	err := v.walk(keyPosting, func(key, value []byte) {
		v.tally.Postings++
		members, err := posting.Parse(value)
		if err != nil {
			v.report(fmt.Errorf("the posting %q: %w", key[1:], err))
			return
		}
		if members.IsEmpty() { // whoever lists names takes it for one that has series
			v.wrong("the posting %q has no series", key[1:])
		}
		for it := members.Iterator(); it.HasNext(); {
			v.index.take(key, it.Next())
		}
	}, func(before, behind []byte, err error) {
		whole = false
		v.report(fmt.Errorf("the postings behind %q and before %q: %w", before, behind, err))
	})
	if err != nil || !whole || v.index.even() {
		return err
	}
	odd := v.index.odd()
	if len(odd) > oddAtOnce {
		v.wrong("the index differs from the series in %d of %d parts, of which %d are looked at", len(odd), balanceParts, oddAtOnce)
		odd = odd[:oddAtOnce]
	}
	return v.misposted(odd)
}

// oddAtOnce is of how many parts of the index differences are looked for.
const oddAtOnce = 16

// misposted reports what is wrong with the postings in some parts of the index.
func (v *verifier) misposted(odd []uint64) error {
	wanted := map[string]*set{}
	var buf []byte
	unreadable := func(_, _ []byte, err error) { v.report(err) }
	err := v.eachName(func(error) {}, func(number uint64, _ []byte, k *points.Key) {
		buf = eachPosting(k, buf, func(posting []byte) {
			if !slices.Contains(odd, v.index.part(posting)) {
				return
			}
			if wanted[string(posting)] == nil {
				wanted[string(posting)] = &set{}
			}
			wanted[string(posting)].Add(number)
		})
	}, unreadable)
	if err != nil {
		return err
	}
	err = v.walk(keyPosting, func(key, value []byte) {
		if found, err := posting.Parse(value); err == nil && slices.Contains(odd, v.index.part(key)) {
			v.comparePosting(key, wanted[string(key)], found)
			delete(wanted, string(key))
		}
	}, unreadable)
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		v.comparePosting([]byte(key), wanted[key], &set{})
	}
	return err
}

// comparePosting reports the series that a posting lacks or has too many.
func (v *verifier) comparePosting(key []byte, want, found *set) {
	if want == nil {
		want = &set{}
	}
	lacks, over := want.Clone(), found.Clone()
	lacks.AndNot(found)
	over.AndNot(want)
	for it := lacks.Iterator(); it.HasNext(); {
		v.blame(it.Next(), points.Always, fmt.Errorf("the posting %q lacks it: %w", key[1:], points.ErrCorrupt))
	}
	for it := over.Iterator(); it.HasNext(); {
		v.blame(it.Next(), points.Always, fmt.Errorf("the posting %q has it: %w", key[1:], points.ErrCorrupt))
	}
}

// balanceParts is into how many parts a balance divides its names.
const balanceParts = 4096

// balance compares two collections of pairs of a name and a number without
// holding either: it sums up hashes of the pairs, by parts of the names.
type balance struct {
	seeds [3]maphash.Seed
	sums  [balanceParts][2]uint64
	buf   []byte
}

// newBalance is a balance of nothing.
func newBalance() *balance {
	return &balance{seeds: [3]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed(), maphash.MakeSeed()}}
}

// part is the part that a name belongs to.
func (b *balance) part(name []byte) uint64 { return maphash.Bytes(b.seeds[0], name) % balanceParts }

// weigh is what a pair weighs.
func (b *balance) weigh(name []byte, number uint64) (x, y uint64) {
	b.buf = append(binary.BigEndian.AppendUint64(b.buf[:0], number), name...)
	return maphash.Bytes(b.seeds[1], b.buf), maphash.Bytes(b.seeds[2], b.buf)
}

// add puts a pair on the one side.
func (b *balance) add(name []byte, number uint64) {
	x, y := b.weigh(name, number)
	s := &b.sums[b.part(name)]
	s[0], s[1] = s[0]+x, s[1]+y
}

// take puts a pair on the other side.
func (b *balance) take(name []byte, number uint64) {
	x, y := b.weigh(name, number)
	s := &b.sums[b.part(name)]
	s[0], s[1] = s[0]-x, s[1]-y
}

// odd lists the parts in which the sides differ.
func (b *balance) odd() (parts []uint64) {
	for i := range b.sums {
		if b.sums[i] != [2]uint64{} {
			parts = append(parts, uint64(i))
		}
	}
	return parts
}

// even tells whether both sides have the same pairs.
func (b *balance) even() bool { return len(b.odd()) == 0 }

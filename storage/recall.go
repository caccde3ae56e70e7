package storage

import (
	"errors"
	"hash/maphash"
	"math"
	"time"

	"aion/storage/points"
)

// Mark stands for a text that names a series, whichever way a client writes it: two
// hashes under seeds of the process. Two texts that had the same would be taken for
// one series: that nobody can bring about who does not know the seeds, and among a
// billion texts it comes to pass by chance once in 10²⁰ processes. The zero value
// stands for none.
type Mark [2]uint64

// markSeeds are what marks are made with.
var markSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// MarkOf is the mark of a text that stands for one series and no other.
func MarkOf(text []byte) Mark {
	return Mark{maphash.Bytes(markSeeds[0], text), maphash.Bytes(markSeeds[1], text)}
}

// Ref is what a store calls a series for as long as it keeps the series in mind. No
// series gets one that another has had. 0 is none.
type Ref uint64

// Recaller is a store that keeps in mind what clients call the series that they write,
// so that a point of a series that comes again is written without its key. Every
// Wrapper between it and whoever writes is one, too, or there is none: As does not look
// for it, since a wrapper that has to see keys must be able to answer no Ref.
type Recaller interface {
	Store

	// Recall sets each of refs, which are as many as marks, to the Ref of the series
	// whose points were written last in a change with that mark, 0 where the store
	// knows of none. It only looks into memory.
	Recall(marks []Mark, refs []Ref)
}

// Recalled is a number that is put into a series of which the store has told the Ref.
type Recalled struct {
	Ref  Ref
	At   int64         // Unix milliseconds
	Bits uint64        // of the value, as the series' type has it: a long or a double that is finite
	TTL  time.Duration // life of the point; 0: the store's default
	Long bool          // the value is a long
	Turn int32         // the place of the change before which it is put; their number: behind all
}

// Type is the stored type of the series.
func (r *Recalled) Type() string {
	if r.Long {
		return points.TypeLong
	}
	return points.TypeDouble
}

// AddTo adds the number to a block of numbers of its type.
func (r *Recalled) AddTo(b *points.Block) {
	v := math.Float64frombits(r.Bits)
	if r.Long {
		v = float64(int64(r.Bits))
		b.Ints = append(b.Ints, int64(r.Bits))
	}
	b.Times, b.Floats = append(b.Times, r.At), append(b.Floats, v)
}

// ErrForgotten is why a batch is not written at all, not even in part: a Ref in it
// does not tell the series any more. The caller writes what it has with keys.
var ErrForgotten = errors.New("a series is not kept in mind any more")

// RecallFrom is Recall of a store that may be no Recaller.
func RecallFrom(s Store, marks []Mark, refs []Ref) {
	if r, ok := s.(Recaller); ok {
		r.Recall(marks, refs)
		return
	}
	clear(refs)
}

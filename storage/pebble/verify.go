package pebble

import (
	"context"
	"errors"
	"fmt"

	"aion/storage/chunk"
	"aion/storage/points"
)

// Damage is one thing that a check of a store has found wrong.
type Damage struct {
	Series string       // the key of the series that is concerned, if it is one's
	Range  points.Range // where points of the series may be missing or wrong
	Err    error        // what is wrong, mostly an ErrCorrupt
}

// Tally is what a check has read.
type Tally struct {
	Series, Postings int64
	Chunks, Runs     int64
	Points           int64 // as they are stored: those that are overwritten or deleted and not settled yet count, too
	Tables, Bytes    int64 // the tables of which every block was read, and their size
}

// Checks says where a check reports to. All may be nil.
type Checks struct {
	Damaged  func(Damage) // is called with each damage as it is found
	Leftover func(string) // is called with each series that has no points that last, and that the sweeper does not look at
	Progress func(Tally)  // is called now and then
}

// Check reads everything, as of the moment of the call, and compares: the
// checksum of every block of every table, every index entry with its series and
// the other way round, every chunk and run with its key and its checksum. It
// goes on behind what is damaged. What is well by itself is compared with what belongs to
// it: points with the type of their series, ranks with the counter of epochs, what may
// have expired with what is filed. Writes go on meanwhile. It holds a few sets of
// series in memory, and never points of more than one chunk. The error tells
// what kept it from checking; damage is none.
func (s *Store) Check(ctx context.Context, c Checks) (t Tally, err error) {
	v := &verifier{ctx: ctx, r: s.hold(), checks: c, types: map[string]*set{}}
	defer func() { err = firstOf(err, translate(v.r.snap.Close())) }()
	v.index = newBalance()
	for _, step := range []func() error{v.tables, v.series, v.postings, v.data, v.due, v.records, v.strangers, v.counters} {
		if err := firstOf(ctx.Err(), step()); err != nil {
			return v.tally, fmt.Errorf("verify: %w", err)
		}
	}
	return v.tally, nil
}

// Verify is Check for those who only ask whether all is well: the error, an
// ErrCorrupt, tells the first thing that is wrong.
func (s *Store) Verify(ctx context.Context) error {
	var first error
	_, err := s.Check(ctx, Checks{Damaged: func(d Damage) { first = firstOf(first, d) }})
	return firstOf(err, first)
}

// Error says what is wrong where.
func (d Damage) Error() string {
	switch {
	case d.Series == "":
		return d.Err.Error()
	case d.Range == points.Always:
		return fmt.Sprintf("%s: %v", d.Series, d.Err)
	}
	return fmt.Sprintf("%s from %d to %d: %v", d.Series, d.Range.From, d.Range.To, d.Err)
}

// Unwrap is what is wrong; that it is damage is certain.
func (d Damage) Unwrap() []error { return []error{d.Err, points.ErrCorrupt} }

// verifier checks a store as of one moment.
type verifier struct {
	ctx    context.Context
	r      reader
	checks Checks
	tally  Tally
	steps  int // entries read, for Progress
	all    set // the series there are
	strays set // those that have points and no name
	blamed set // those that something is wrong with
	lasts  set // those that have points that do not expire
	types  map[string]*set
	latest uint32 // the last epoch that has begun and that there is something of
	unsure bool   // something cannot be told whose it is
	index  *balance
	chunk  chunk.Chunk
	block  points.Block
	over   overlay
	number uint64 // of the chunk before
	last   int64  // its last time
	group  groupReader
}

// progressEvery is after how many entries Progress is called.
const progressEvery = 4096

// step counts an entry that was read.
func (v *verifier) step() {
	if v.steps++; v.steps%progressEvery == 0 {
		v.progress()
	}
}

// progress tells how far the check is.
func (v *verifier) progress() {
	if v.checks.Progress != nil {
		v.checks.Progress(v.tally)
	}
}

// report reports what is wrong with the store as a whole.
func (v *verifier) report(err error) {
	if v.checks.Damaged != nil {
		v.checks.Damaged(Damage{Range: points.Always, Err: err})
	}
}

// wrong reports, in words, what is wrong with the store as a whole.
func (v *verifier) wrong(format string, args ...any) {
	v.unsure = true
	v.report(fmt.Errorf(format+": %w", append(args, points.ErrCorrupt)...))
}

// blame reports what is wrong with a range of a series.
func (v *verifier) blame(number uint64, r points.Range, err error) {
	v.blamed.Add(number)
	if v.checks.Damaged != nil {
		v.checks.Damaged(Damage{Series: v.name(number), Range: r, Err: err})
	}
}

// name is the key of a series as text, or its number where it has no key.
func (v *verifier) name(number uint64) string {
	b, ok, err := readKey(v.r.snap, nil, number)
	if ok && err == nil {
		if k, err := parseKey(b); err == nil {
			return k.String()
		}
	}
	return fmt.Sprintf("the series of number %d", number)
}

// stops tells whether err is the end of a check and not damage: the caller has
// left.
func stops(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

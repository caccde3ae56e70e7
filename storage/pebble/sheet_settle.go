package pebble

import (
	"errors"
	"math"
	"math/bits"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// sheetWork is the sheet that a settler is on. Its series are settled together,
// because their runs stand in the same groups.
type sheetWork struct {
	at      epochs       // for which the settler looks for groups; the newest one is no matter
	fresh   groupSet     // the epoch's runs that stand in groups
	old     groupSet     // the carried runs that do
	damaged error        // why the carried ones cannot be read
	left    uint64       // by bits, the series with runs in fresh that are still to be settled
	gone    uint64       // by bits, the series whose carried runs have been settled
	from    ranks        // from which on they have been
	alone   []carriedRun // the carried runs that stood alone and have been settled
	carried groupWriter  // what becomes carried of the epoch's runs
	rest    groupWriter
	cleared []uint64 // sheets that have no groups of carried runs when the batch is applied
}

// carriedRun is where a carried run stands that stands alone.
type carriedRun struct{ number, rank uint64 }

// nextSheet is the sheet of the epoch's runs and groups that come next.
func (t *settler) nextSheet(epoch uint32) (sheet uint64, ok bool) {
	number, _, ok := t.run(epoch)
	sheet = sheetOf(number)
	if t.groups.Valid() {
		if of, _, _ := parseRunGroupKey(t.groups.Key()); !ok || of < sheet {
			return of, true
		}
	}
	return sheet, ok
}

// settleSheet settles the series of a sheet, at whose runs and groups the iterators
// are, and moves the iterators behind them. It answers how many series had some.
func (t *settler) settleSheet(sheet uint64, epoch uint32, force bool) (n int, err error) {
	if err := t.openSheet(sheet); err != nil {
		return 0, err
	}
	for {
		number, ok := t.member(epoch)
		if !ok {
			return n, t.closeSheet(epoch)
		}
		if err := t.series(number, epoch, force); err != nil {
			return n, err
		}
		t.sheet.left &^= 1 << (number % sheetSize)
		n++
	}
}

// member is the next series of the sheet that has runs to be settled.
func (t *settler) member(epoch uint32) (number uint64, ok bool) {
	w := &t.sheet
	number, _, ok = t.run(epoch)
	ok = ok && sheetOf(number) == w.fresh.sheet
	if w.left != 0 {
		if first := w.fresh.sheet + uint64(bits.TrailingZeros64(w.left)); !ok || first < number {
			return first, true
		}
	}
	return number, ok
}

// openSheet takes the groups of a sheet apart.
func (t *settler) openSheet(sheet uint64) error {
	if err := t.openCarried(sheet); err != nil {
		return err
	}
	w := &t.sheet
	if _, err := w.fresh.load(t.groups, parseRunGroupKey, math.MaxInt); err != nil {
		return err
	}
	w.left = w.fresh.slots
	t.s.settled.Add(int64(w.fresh.size))
	if w.fresh.err != nil {
		t.s.damaged.Add(1)
		t.s.log.Error("a group of runs is damaged", "sheet", sheet, "error", w.fresh.err)
	}
	return nil
}

// openCarried takes the groups of the carried runs of a sheet apart. That these cannot
// be read is damage to its series.
func (t *settler) openCarried(sheet uint64) error {
	w := &t.sheet
	w.fresh.reset(sheet)
	w.old.reset(sheet)
	w.carried.reset(sheet)
	w.left, w.gone, w.alone, w.damaged = 0, 0, w.alone[:0], nil
	if !t.s.grouped.may(sheet).haveCarried(w.at) {
		return nil
	}
	prefix := appendNumbered(t.key[:0], keyCarriedGroup, sheet)
	t.key = prefix
	t.grouped.SetBounds(prefix, next(prefix))
	t.grouped.First()
	_, err := w.old.load(t.grouped, parseCarriedGroupKey, math.MaxInt)
	if isDamage(err) {
		w.damaged, err = err, nil
	}
	return err
}

// isDamage tells whether points cannot be read because they are damaged.
func isDamage(err error) bool {
	return errors.Is(err, points.ErrCorrupt) || pebble.IsCorruptionError(err)
}

// closeSheet adds to the batch what is carried of the sheet, and takes away what has
// been settled of its groups.
func (t *settler) closeSheet(epoch uint32) error {
	w := &t.sheet
	for _, e := range w.fresh.broken {
		t.s.grouped.carried(w.fresh.sheet, t.s.newest.Load())
		if err := t.batch.Set(appendLeftGroupKey(nil, w.fresh.sheet, e.rank), e.value, nil); err != nil {
			return err
		}
	}
	if err := firstOf(t.dropAlone(), t.writeCarried(rankOf(epoch, 0))); err != nil {
		return err
	}
	left, err := w.old.without(t.batch, w.gone, &w.from, &w.rest)
	if !left && w.damaged == nil && len(w.fresh.broken) == 0 && w.carried.n() < groupFrom {
		w.cleared = append(w.cleared, w.old.sheet)
	}
	return err
}

// dropAlone takes the carried runs away that have been settled and stood alone. They go
// in one batch with the parts of groups, which may lie below them: what zones has
// flushed before is below all that is carried.
func (t *settler) dropAlone() error {
	for _, r := range t.sheet.alone {
		t.key = appendCarriedKey(t.key[:0], r.number, r.rank)
		if err := t.batch.Delete(t.key, nil); err != nil {
			return err
		}
	}
	return nil
}

// writeCarried adds what is carried of the sheet to the batch, as a group if it is
// enough for one.
func (t *settler) writeCarried(rank uint64) error {
	w := &t.sheet.carried
	if w.n() < groupFrom {
		return w.each(func(number uint64, run []byte) error { return t.setCarried(number, rank, run) })
	}
	t.s.grouped.carried(w.sheet, t.s.newest.Load())
	value, _ := w.encode()
	return t.batch.Set(appendCarriedGroupKey(nil, w.sheet, rank), value, nil)
}

// dropEpoch takes the runs of an epoch away and the groups of such, where there are
// some: those of the piece up to a sheet, or all that are left. The pieces before have
// taken their own. Were each to begin with the epoch, they would lie in one another, and
// whoever reads before a table is made of them would take them apart, into parts that
// grow with the square of their number.
func (t *settler) dropEpoch(epoch uint32, sheet uint64, part bool) error {
	runs, groups := appendEpoch(nil, epoch+1), appendEpochGroups(nil, epoch+1)
	if part {
		runs, groups = appendRunSeries(nil, epoch, sheet), appendSheetGroups(nil, epoch, sheet)
	}
	from := t.first
	if t.first = sheet; part && from == sheet {
		return nil
	}
	var err error
	if t.single {
		err = t.batch.DeleteRange(appendRunSeries(nil, epoch, from), runs, nil)
	}
	if t.several && err == nil {
		err = t.batch.DeleteRange(appendSheetGroups(nil, epoch, from), groups, nil)
	}
	return err
}

// flushPart commits what has been done so far in the midst of a sheet, whose runs stay
// until all of it is done: to settle a part of it twice makes no difference. Those of
// the sheets before go, since what has been joined of them is not to be joined again.
func (t *settler) flushPart() error {
	if t.epoch != 0 {
		if err := t.dropEpoch(t.epoch, t.sheet.fresh.sheet, true); err != nil {
			return err
		}
	}
	return t.flush()
}

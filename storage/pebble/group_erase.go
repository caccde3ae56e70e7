package pebble

import (
	"errors"
	"math"

	"github.com/cockroachdb/pebble/v2"
)

// groupErasure takes the runs of erased series out of the groups of the sheet that
// they stand on. Many of a sheet leave its groups at once.
type groupErasure struct {
	sheet uint64
	gone  uint64 // by bits, the series that are erased
	set   groupSet
	rest  groupWriter
}

// ungroup notes that all series from one number up to another are erased, what
// remains of groups on the sheets before is then in the batch. Numbers ascend from
// call to call.
func (e *eraser) ungroup(from, to uint64) error {
	g := &e.groups
	for sheet := sheetOf(from); ; sheet += sheetSize {
		if sheet != g.sheet {
			if err := e.flushGroups(); err != nil {
				return err
			}
			g.sheet = sheet
		}
		first, last := max(from, sheet)-sheet, min(to, sheet+sheetSize-1)-sheet
		g.gone |= (1<<(last-first+1) - 1) << first
		if sheet == sheetOf(to) {
			return nil
		}
	}
}

// flushGroups adds to the batch what is left of the groups of a sheet. Those that
// cannot be taken apart stay as long as others may have runs in them.
func (e *eraser) flushGroups() error {
	g := &e.groups
	if g.gone == 0 {
		return nil
	}
	at := epochs{e.s.oldest.Load(), e.s.newest.Load()}
	may := e.s.grouped.may(g.sheet)
	var err error
	if may.haveCarried(at) {
		err = e.leaveGroups(appendNumbered(nil, keyCarriedGroup, g.sheet), parseCarriedGroupKey)
	}
	for epoch := at.oldest; epoch <= at.newest && may.haveRuns(epoch) && err == nil; epoch++ {
		err = e.leaveGroups(appendSheetGroups(nil, epoch, g.sheet), parseRunGroupKey)
	}
	g.gone = 0
	return err
}

// leaveGroups is flushGroups for the groups under a prefix.
func (e *eraser) leaveGroups(prefix []byte, parse parseRank) error {
	g := &e.groups
	e.data.SetBounds(prefix, next(prefix))
	e.data.First()
	g.set.reset(g.sheet)
	_, err := g.set.load(e.data, parse, math.MaxInt)
	if err != nil && e.s.forgive(err) != nil {
		return err
	}
	if err != nil || g.set.err != nil {
		if others, err := e.others(g.sheet, g.gone); err != nil {
			return err
		} else if !others { // what cannot be read goes too
			return e.batch.DeleteRange(prefix, next(prefix), nil)
		}
	}
	_, err = g.set.without(e.batch, g.gone, &ranks{}, &g.rest)
	return err
}

// others tells whether a sheet has series but those that gone tells by bits. Where its
// keys cannot be read it may have some.
func (e *eraser) others(sheet, gone uint64) (bool, error) {
	v, closer, err := e.s.db.Get(appendSheetKey(nil, sheet))
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		return false, nil
	case err != nil:
		return true, e.s.forgive(err)
	}
	var keys sheetReader
	found := false
	for keys.open(sheet, v); keys.next(); {
		found = found || gone>>(keys.number%sheetSize)&1 == 0
	}
	return found || keys.damaged, closer.Close()
}

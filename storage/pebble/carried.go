package pebble

import (
	"context"
	"fmt"

	"aion/storage/points"
)

// carry joins the epoch's runs of a series into one carried run.
func (t *settler) carry(number uint64, epoch uint32) error {
	over := &t.sc.over
	v := over.block.Slice(t.fresh, over.block.Len())
	var expires []int64
	if len(over.expires) != 0 {
		over.expires = lengthen(over.expires, over.block.Len())
		expires = over.expires[t.fresh:]
	}
	if t.sheet.carried.put(number, &v, expires, groupedBytes) {
		return nil
	}
	t.value = appendRun(t.value[:0], nil, &v, expires)
	return t.setCarried(number, rankOf(epoch, 0), t.value)
}

// setCarried makes a run a carried one that stands alone.
func (t *settler) setCarried(number, rank uint64, run []byte) error {
	t.key = appendCarriedKey(t.key[:0], number, rank)
	return t.batch.Set(t.key, run, nil)
}

// leave makes the epoch's runs of a series carried runs as they are, each by itself.
func (t *settler) leave(number uint64, epoch uint32) error {
	for _, r := range t.sheet.fresh.of(number) {
		if err := t.setCarried(number, r.rank, aloneRun(t.sheet.fresh.read(number, r))); err != nil {
			return err
		}
	}
	t.runs.SeekGE(appendRunSeries(nil, epoch, number))
	for n, rank, ok := t.run(epoch); ok && n == number; n, rank, ok = t.run(epoch) {
		v, err := t.runs.ValueAndErr()
		if err == nil {
			err = t.setCarried(number, rank, v)
		}
		if err != nil {
			return err
		}
		t.runs.Next()
	}
	return t.runs.Error()
}

// gatherCarried reads the carried runs of a series that stand alone, and counts those
// in groups.
func (t *settler) gatherCarried(number uint64) error {
	t.carried, t.among = t.carried[:0], 0
	over := &t.sc.over
	over.reset(points.Number)
	if t.sheet.damaged != nil {
		return t.sheet.damaged
	}
	s := &t.waiting
	ok, err := s.reach(number)
	for ; ok && err == nil; ok, err = s.number == number, s.it.Error() {
		_, rank, parsed := parseCarriedKey(s.it.Key())
		if !parsed {
			return damagedHead()
		}
		if err := t.sc.addRun(s.it, rank); err != nil {
			return err
		}
		t.carried = append(t.carried, rank)
		s.next()
	}
	if err != nil {
		return err
	}
	t.among = len(t.sheet.old.of(number))
	return t.sheet.old.readable(number)
}

// dropCarried notes that the carried runs of a series from a rank on are settled: they
// are taken away together with the sheet's.
func (t *settler) dropCarried(number, from uint64) {
	for _, rank := range t.carried {
		if rank >= from {
			t.sheet.alone = append(t.sheet.alone, carriedRun{number, rank})
		}
	}
	t.sheet.gone |= 1 << (number % sheetSize)
	t.sheet.from[number%sheetSize] = from
}

// settleCarried turns all carried runs into chunks.
func (s *Store) settleCarried(ctx context.Context) error {
	for from, more := uint64(0), true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if from, more, err = s.settleCarriedPiece(from); err != nil {
			return fmt.Errorf("settle carried runs: %w", translate(err))
		}
	}
	return nil
}

// settleCarriedPiece is settlePiece for carried runs.
func (s *Store) settleCarriedPiece(from uint64) (next uint64, more bool, err error) {
	s.settling.Lock()
	defer s.settling.Unlock()
	t, err := s.settler()
	if err != nil {
		return 0, false, err
	}
	defer func() { err = firstOf(err, t.close()) }()
	t.since++ // readers who know of the present epoch may have begun before
	t.runs.SetBounds([]byte{keyCarried}, []byte{keyCarried + 1})
	for next = from; t.batch.Len() <= t.s.piece; next += sheetSize {
		if next, more, err = t.nextCarried(next); err != nil || !more {
			break
		}
		if err = t.settleCarriedSheet(next); err != nil {
			break
		}
	}
	if err != nil {
		return 0, false, err
	}
	return next, more, t.flush()
}

// nextCarried is the first sheet from that one on of which there are carried runs.
func (t *settler) nextCarried(from uint64) (sheet uint64, ok bool, err error) {
	if t.runs.SeekGE(appendNumbered(nil, keyCarried, from)) {
		var number uint64
		number, _, ok = parseCarriedKey(t.runs.Key())
		sheet = sheetOf(number)
	}
	t.grouped.SetBounds(appendNumbered(nil, keyCarriedGroup, from), []byte{keyCarriedGroup + 1})
	if t.grouped.First() {
		of, _, parsed := parseCarriedGroupKey(t.grouped.Key())
		if parsed && (!ok || of < sheet) {
			sheet, ok = of, true
		}
	}
	return sheet, ok, firstOf(t.runs.Error(), t.grouped.Error())
}

// settleCarriedSheet turns the carried runs of a sheet into chunks. Damage stays where
// it is.
func (t *settler) settleCarriedSheet(sheet uint64) error {
	if err := t.openCarried(sheet); err != nil {
		return err
	}
	for number := sheet; number < sheet+sheetSize; number++ {
		err := t.gatherCarried(number)
		if err == nil && len(t.carried)+t.among != 0 {
			err = t.place(number, 0, true)
		}
		if err = t.s.forgive(err); err != nil {
			return err
		}
	}
	return t.closeSheet(0)
}

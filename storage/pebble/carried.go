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
	t.value = appendRun(t.value[:0], nil, &v, expires)
	t.key = appendCarriedKey(t.key[:0], number, rankOf(epoch, 0))
	return t.batch.Set(t.key, t.value, nil)
}

// leave makes the epoch's runs of a series carried runs as they are.
func (t *settler) leave(number, first uint64, epoch uint32) error {
	t.runs.SeekGE(appendRunKey(nil, epoch, number, uint32(first)))
	for n, rank, ok := t.run(epoch); ok && n == number; n, rank, ok = t.run(epoch) {
		v, err := t.runs.ValueAndErr()
		if err != nil {
			return err
		}
		t.key = appendCarriedKey(t.key[:0], number, rank)
		if err := t.batch.Set(t.key, v, nil); err != nil {
			return err
		}
		t.runs.Next()
	}
	return t.runs.Error()
}

// gatherCarried reads the carried runs of a series.
func (t *settler) gatherCarried(number uint64) error {
	t.carried = t.carried[:0]
	over := &t.sc.over
	over.reset(points.Number)
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
	return err
}

// dropCarried takes the carried runs away that are settled.
func (t *settler) dropCarried(number uint64) error {
	for _, rank := range t.carried {
		t.key = appendCarriedKey(t.key[:0], number, rank)
		if err := t.batch.Delete(t.key, nil); err != nil {
			return err
		}
	}
	return nil
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
	t.runs.SetBounds([]byte{keyCarried}, []byte{keyCarried + 1})
	for next = from; t.batch.Len() <= pieceBytes; next++ {
		if !t.runs.SeekGE(appendNumbered(nil, keyCarried, next)) {
			break
		}
		number, _, ok := parseCarriedKey(t.runs.Key())
		if !ok {
			break
		}
		if err = t.gatherCarried(number); err == nil {
			err = t.place(number, 0, true)
		}
		if err = s.forgive(err); err != nil {
			return 0, false, err
		}
		next, more = number, true
	}
	return next, more && t.batch.Len() > pieceBytes, firstOf(t.runs.Error(), t.flush())
}

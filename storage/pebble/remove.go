package pebble

import (
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// reapAtOnce is how many series are looked at while writers wait.
const reapAtOnce = 1024

// reap removes those of the series that have no point left, with their names,
// and files the others for the sweeper as is due. What it did is durable.
func (s *Store) reap(numbers []uint64) error {
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	for rest := numbers; len(rest) != 0; {
		n := min(len(rest), reapAtOnce)
		some, err := s.misfiled(rest[:n])
		if err == nil && len(some) != 0 {
			err = s.reapSome(some)
		}
		if err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// misfiled lists those of the series that have no point left, or are not filed
// as is due. Series that cannot be read are left as they are.
func (s *Store) misfiled(numbers []uint64) (some []uint64, err error) {
	e, err := s.examine()
	if err != nil {
		return nil, err
	}
	defer func() { err = firstOf(err, e.close()) }()
	for _, n := range numbers {
		wrong, err := e.misfiled(n)
		if err != nil {
			return nil, err
		}
		if wrong {
			some = append(some, n)
		}
	}
	return some, nil
}

// reapSome looks again at series, with nobody writing or settling, and removes
// or files them.
func (s *Store) reapSome(numbers []uint64) error {
	batch := s.newBatch()
	applied, err := s.applyReaping(batch, numbers)
	if err != nil || !applied {
		return translate(err)
	}
	return s.synced(batch)
}

// refiled is a series that a batch files anew.
type refiled struct {
	digest digest
	number uint64
	due    int64
}

// applyReaping is what reapSome does under the locks: all but the sync, which
// the caller waits for where it answers true.
func (s *Store) applyReaping(batch *pebble.Batch, numbers []uint64) (applied bool, err error) {
	s.settling.Lock()
	defer s.settling.Unlock()
	s.lives.Lock()
	defer s.lives.Unlock()
	x, err := s.examine()
	if err != nil {
		return false, err
	}
	defer func() { err = firstOf(err, x.close()) }()
	e, err := s.eraser(batch)
	if err != nil {
		return false, err
	}
	defer func() { err = firstOf(err, e.close()) }()
	var stay []refiled
	for _, n := range numbers {
		if stay, err = s.reapOne(x, e, n, stay); err != nil {
			return false, err
		}
	}
	if applied, err = s.applyErased(e); err != nil || !applied {
		return applied, err
	}
	for _, f := range stay {
		s.dict.file(f.number, f.due)
	}
	return true, nil
}

// reapOne erases a series, or files it and notes that in stay. One that is not
// there, or is damaged, is left alone.
func (s *Store) reapOne(x *examiner, e *eraser, number uint64, stay []refiled) ([]refiled, error) {
	live, due, err := x.look(number)
	if err != nil {
		return stay, s.forgive(err)
	}
	if !live {
		return stay, e.erase(number)
	}
	key, ok, err := readKey(s.db, nil, number)
	if err != nil || !ok {
		return stay, s.forgive(err)
	}
	filed, err := readDue(s.db, number)
	if err != nil || due == filed {
		return stay, err
	}
	return append(stay, refiled{s.dict.digest(key), number, due}), refile(e.batch, number, filed, due)
}

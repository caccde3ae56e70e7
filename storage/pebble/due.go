package pebble

import (
	"encoding/binary"
	"errors"

	"github.com/cockroachdb/pebble/v2"
)

// file sees to it that the sweeper looks at a series when points of it expire,
// if it would not do so earlier.
func (w *writer) file(s *Store, b *pebble.Batch, n *named, at int64) error {
	if at == 0 {
		return nil
	}
	if n.due == 0 {
		due, err := readDue(s.db, n.number)
		if err != nil {
			return err
		}
		n.due = due
		w.filed = append(w.filed, *n)
	}
	if n.due <= at {
		return nil
	}
	if err := refile(b, n.number, n.due, at); err != nil {
		return err
	}
	n.due = at
	w.filed = append(w.filed, *n)
	return nil
}

// readDue reads the time under which the sweeper has a series.
func readDue(r pebble.Reader, number uint64) (int64, error) {
	v, closer, err := r.Get(appendNumbered(make([]byte, 0, 9), keyFiled, number))
	if errors.Is(err, pebble.ErrNotFound) {
		return notDue, nil
	}
	if err != nil {
		return 0, translate(err)
	}
	defer closer.Close()
	if len(v) != 8 {
		return notDue, nil
	}
	return int64(binary.BigEndian.Uint64(v)), nil
}

// refile moves a series from one due time to another; notDue is none.
func refile(b *pebble.Batch, number uint64, from, to int64) error {
	filed := appendNumbered(make([]byte, 0, 9), keyFiled, number)
	if from != notDue {
		if err := b.Delete(appendDueKey(nil, from, number), nil); err != nil {
			return err
		}
	}
	if to == notDue {
		return b.Delete(filed, nil)
	}
	if err := b.Set(filed, binary.BigEndian.AppendUint64(nil, uint64(to)), nil); err != nil {
		return err
	}
	return b.Set(appendDueKey(nil, to, number), nil, nil)
}

// lookAt has the sweeper look at a series that may have lost its last point, or the last
// that lasts, by this batch: should whoever takes the points away not come to look himself.
func (t *settler) lookAt(number uint64) error {
	return t.batch.Set(appendDueKey(nil, t.now, number), nil, nil)
}

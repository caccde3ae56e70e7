package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// How much is appended at once.
const (
	maxEntry  = 32 << 20 // a longer batch is refused
	groupSize = 1 << 20  // a record that has become so long takes no further batch
	queued    = 256      // how many batches may wait for their turn
)

// file is what is needed of a segment that is being written.
type file interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
}

// createFile makes an empty segment.
func createFile(path string) (file, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, fileMode)
}

// entry is one batch on its way to the disk.
type entry struct {
	data   []byte
	points int64
	done   chan error // gets the answer, once
}

// appender is the goroutine that writes records. Batches that come together
// share a record, its write time and its sync.
type appender struct {
	dir     string
	max     int64
	segment int64
	now     storage.Now
	ledger  *ledger
	create  func(path string) (file, error)
	queue   chan *entry
	wake    chan<- struct{} // tells the courier that there is a record
	dater   Dater           // nil: the target has no write times of its own

	mu     sync.Mutex // held while a record is written
	file   file       // nil: the next record begins a segment
	size   int64      // of the file
	held   *entry     // did not fit into the last record
	record []byte
}

// add encodes a batch and waits until it is on the disk. When ctx ends before,
// the batch may be stored or not.
func (a *appender) add(ctx context.Context, b *storage.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e := &entry{data: appendChanges(nil, b), points: int64(b.Len()), done: make(chan error, 1)}
	if len(e.data) > maxEntry {
		a.ledger.count(&a.ledger.state.Refused, 1)
		return fmt.Errorf("%w: a batch of %d points takes %d bytes, and the spool takes at most %d at once",
			points.ErrUnavailable, e.points, len(e.data), maxEntry)
	}
	select {
	case a.queue <- e:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run writes what comes until ctx ends.
func (a *appender) run(ctx context.Context) {
	for {
		if a.held == nil {
			select {
			case a.held = <-a.queue:
			case <-ctx.Done():
				return
			}
		}
		a.tick(ctx)
		a.write(a.gather())
	}
}

// tick waits until the clock has passed the last write time, so that write times
// ascend without running ahead of the clock. A clock that stands still or has
// been set back is not waited for.
func (a *appender) tick(ctx context.Context) {
	const tries = 4
	for range tries {
		if a.now().UnixMilli() > a.ledger.floor() {
			return
		}
		select {
		case <-time.After(time.Millisecond / 2):
		case <-ctx.Done():
			return
		}
	}
}

// gather takes what is waiting, up to the size of a record. What the spool has
// no room for is answered at once.
func (a *appender) gather() []*entry {
	var group []*entry
	size := int64(headSize + prefaceSize)
	for {
		e := a.held
		if a.held = nil; e == nil {
			select {
			case e = <-a.queue:
			default:
				return group
			}
		}
		n := int64(len(e.data))
		if len(group) != 0 && size+n > groupSize {
			a.held = e
			return group
		}
		if taken := a.ledger.waiting().Bytes; taken+size+n > a.max {
			a.refuse(e, fmt.Errorf("%w: the spool %s is full: %d of %d bytes are taken, and a batch of %d points needs %d more",
				points.ErrUnavailable, a.dir, taken, a.max, e.points, n))
			continue
		}
		group, size = append(group, e), size+n
	}
}

// refuse answers a batch that is not stored.
func (a *appender) refuse(e *entry, why error) {
	a.ledger.count(&a.ledger.state.Refused, 1)
	e.done <- why
}

// write makes one record of a group and answers its batches.
func (a *appender) write(group []*entry) {
	if len(group) == 0 {
		return
	}
	p := preface{batches: int64(len(group))}
	parts := make([][]byte, len(group))
	for i, e := range group {
		p.points += e.points
		parts[i] = e.data
	}
	err := a.commit(p, parts)
	for _, e := range group {
		if err != nil {
			a.refuse(e, err)
		} else {
			e.done <- nil
		}
	}
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// commit appends a record and syncs it. After an error nothing of it is left.
func (a *appender) commit(p preface, parts [][]byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	p.at = max(a.now().UnixMilli(), a.ledger.floor()+1)
	if a.dater != nil {
		p.at = max(p.at, a.dater.LastWrite()+1)
	}
	a.record = appendRecord(a.record[:0], p, parts...)
	n := int64(len(a.record))
	if a.file != nil && a.size+n > a.segment {
		// All of it is synced, so that closing has nothing to say.
		_ = a.drop()
	}
	if err := a.store(a.record); err != nil {
		return fmt.Errorf("%w: write to the spool %s: %w", points.ErrUnavailable, a.dir, err)
	}
	a.size += n
	a.ledger.appended(p, n)
	return nil
}

// store writes and syncs a record, in a new segment if there is none.
func (a *appender) store(record []byte) error {
	if a.file == nil {
		if err := a.begin(); err != nil {
			return err
		}
	}
	_, err := a.file.Write(record)
	if err == nil {
		err = a.file.Sync()
	}
	if err != nil {
		// What a failed sync has left on the disk is not known: nothing more is
		// appended to this segment.
		return errors.Join(err, a.file.Truncate(a.size), a.drop())
	}
	return nil
}

// begin makes the next segment.
func (a *appender) begin() error {
	number := a.ledger.next()
	f, err := a.create(segmentPath(a.dir, number))
	if err != nil {
		return err
	}
	if err := syncDir(a.dir); err != nil {
		return errors.Join(err, f.Close())
	}
	a.file, a.size = f, 0
	a.ledger.begin(number)
	return nil
}

// drop closes the segment: the next record begins another one.
func (a *appender) drop() error {
	if a.file == nil {
		return nil
	}
	err := a.file.Close()
	a.file = nil
	return err
}

// retire ends the last segment when all of it is delivered and nobody appends.
func (a *appender) retire() (gone uint64, ok bool, err error) {
	if !a.mu.TryLock() {
		return 0, false, nil
	}
	defer a.mu.Unlock()
	if gone, ok = a.ledger.retire(); !ok {
		return 0, false, nil
	}
	return gone, true, a.drop()
}

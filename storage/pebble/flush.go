package pebble

import (
	"context"
	"fmt"
	"time"

	"aion/storage/pebble/folder"
)

// flushFor is how long a backup waits for what is written last to become a
// table.
const flushFor = 30 * time.Second

// flush makes tables of what stands in logs, so that backups share it. Where the
// disk is slow or fails, the backup has the logs instead.
func (s *Store) flush(ctx context.Context) error {
	if !s.fault.passes(inPebble) {
		return nil
	}
	done, err := s.beginFlush()
	if err != nil {
		return err
	}
	late := time.NewTimer(flushFor)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
	case <-s.stop:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// beginFlush ends the current log, which may fail as commit may.
func (s *Store) beginFlush() (done <-chan struct{}, err error) {
	s.committing.Lock()
	defer s.committing.Unlock()
	if err := s.fault.ended(); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			s.stuck.Store(true)
			err = s.broken(fmt.Errorf("%v", p))
		}
	}()
	return s.db.AsyncFlush()
}

// vouch begins the vouching, when the folder is open: the manifest then names the
// current log or one that is to be written later.
func (s *Store) vouch() error {
	done, err := s.beginFlush()
	if err != nil {
		return err
	}
	select {
	case <-done:
		return translate(folder.Vouch(s.fsys, s.dir))
	case <-time.After(flushFor): // Where the disk fails, nothing is vouched for.
		return nil
	}
}

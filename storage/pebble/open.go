package pebble

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage/pebble/folder"
	"aion/storage/points"
)

// Open opens the folder, or makes it, for its owner alone. What it says against a folder is a
// sentence for people.
func Open(c Config) (*Store, error) {
	fsys := c.fs
	if fsys == nil {
		fsys = vfs.Default
	}
	if c.Dir == "" {
		return nil, errors.New("open the store: no folder is given")
	}
	if err := fsys.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder %s: %w", c.Dir, translate(err))
	}
	lock, err := pebble.LockDirectory(c.Dir, fsys)
	if err != nil {
		return nil, lockError(c.Dir, err)
	}
	s, err := open(c, fsys, lock)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

// open opens the folder that is locked.
func open(c Config, fsys vfs.FS, lock *pebble.Lock) (*Store, error) {
	if err := checkSpace(fsys, c.Dir); err != nil {
		return nil, err
	}
	if err := folder.Claim(fsys, c.Dir); err != nil {
		return nil, err
	}
	if err := adopt(fsys, c.Dir); err != nil {
		return nil, err
	}
	log := c.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Store{
		dir: c.Dir, opened: time.Now(), fsys: fsys, ttl: c.TTL, retention: newRetention(c.Retention), now: c.Now.Or(), log: log, lock: lock,
		vetted: newVetted(), still: c.still, piece: cmp.Or(c.piece, pieceBytes), joins: cmp.Or(c.joins, joinedRuns), flushed: c.flushed, kick: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	s.records.store, s.crowds.most = s, c.crowd
	s.scans.New = func() any { return new(scan) }
	s.writers.New = func() any { return new(writer) }
	if err := s.openPebble(s.options(fsys, c.Cache)); err != nil {
		return nil, fmt.Errorf("open the folder %s: %w", c.Dir, err)
	}
	err := s.recover()
	if err == nil {
		err = folder.Renew(fsys, c.Dir)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the folder %s: %w", c.Dir, err), translate(s.db.Close()))
	}
	s.tips.Begin(s.dict.last, c.Tips)
	if !c.still {
		s.footing.begin()
		s.done.Go(s.background)
		s.done.Go(s.condenser)
	}
	return s, nil
}

// openPebble opens the database. What it says of damage is an ErrCorrupt, a panic
// of Pebble's included.
func (s *Store) openPebble(o *pebble.Options) (err error) {
	w, err := folder.NewWitness(o.FS, s.dir, o.ReadOnly)
	if err != nil {
		return err
	}
	defer w.Rest()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v: %w", p, points.ErrCorrupt)
		}
	}()
	o.FS = w
	compactions := newCompactions()
	o.Experimental.CompactionScheduler = compactions
	if s.db, err = pebble.Open(s.dir, o); err != nil {
		return incomplete(err)
	}
	compactions.begin()
	if err := s.fault.ended(); err != nil {
		return errors.Join(err, translate(s.db.Close()))
	}
	return nil
}

// recover finds out where numbers and epochs stand, and begins a new epoch: so
// it rests on no sequence number of before.
func (s *Store) recover() error {
	var lost, err error
	if s.dict, lost, err = openDictionary(s.db, &s.newest); err != nil {
		return translate(err)
	}
	if lost != nil {
		s.damaged.Add(1)
		s.log.Error("the last names of series are damaged: new series get numbers behind all that are in use",
			"folder", s.dir, "behind", s.dict.last, "error", oneLine(lost))
	}
	if err := s.look(); err != nil {
		return err
	}
	if s.grouped, err = openGrouped(s.db, s.newest.Load(), s.dict.last); err != nil {
		return translate(err)
	}
	if err := s.storeEpoch(s.newest.Load(), pebble.Sync); err != nil {
		return err
	}
	return s.vouch()
}

// look finds out where epochs stand, and changes nothing. It is all that reading
// needs: which numbers are given matters to who gives one.
func (s *Store) look() error {
	newest, err := s.storedEpoch()
	if isDamage(err) {
		s.damaged.Add(1)
		s.log.Error("the counter of epochs is damaged: the next one lies behind all that are in use", "folder", s.dir, "error", oneLine(err))
		var failed error
		if newest, failed = highestEpoch(s.db); failed != nil {
			return errors.Join(err, failed)
		}
	} else if err != nil {
		return err
	}
	oldest, err := oldestEpoch(s.db, newest+1)
	if err != nil {
		return err
	}
	s.oldest.Store(oldest)
	s.newest.Store(newest + 1)
	return nil
}

// storeEpoch stores which epoch is the current one.
func (s *Store) storeEpoch(epoch uint32, o *pebble.WriteOptions) error {
	batch := s.newBatch()
	if err := batch.Set(metaEpoch, binary.BigEndian.AppendUint32(nil, epoch), nil); err != nil {
		return translate(err)
	}
	if err := s.commit(batch, o); err != nil {
		return err
	}
	if o.GetSync() {
		return s.synced(batch)
	}
	return translate(batch.Close())
}

// Health says what is wrong with the store, or nothing.
func (s *Store) Health(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.fault.err(s.lacks)
}

// lacks tells whether a table's file is not in the folder.
func (s *Store) lacks(table string) bool {
	_, err := s.fsys.Stat(s.fsys.PathJoin(s.dir, table))
	return errors.Is(err, fs.ErrNotExist)
}

// Close ends the background and closes the folder.
func (s *Store) Close() error {
	close(s.stop)
	s.done.Wait()
	if s.stuck.Load() {
		// Closing Pebble would wait for ever. The log is on the disk as far as
		// it was acknowledged.
		return errors.Join(s.fault.ended(), translate(s.lock.Close()))
	}
	return errors.Join(s.footing.leave(), translate(s.db.Close()), translate(s.lock.Close()))
}

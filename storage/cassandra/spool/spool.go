package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// Target is the store behind a spool.
type Target interface {
	storage.Store

	// WriteAt is Write with the write time at, in Unix milliseconds: a point that
	// was written later, or deleted since, stays as it is. Of each point's life,
	// counted from at, only what is left counts, and a point whose life is over
	// removes what stands at its time.
	WriteAt(ctx context.Context, b *storage.Batch, at int64) error
}

// Checker is a Target that can tell without its database what it will refuse for
// good. A batch that it refuses is not spooled, so that the caller is told.
type Checker interface {
	Check(b *storage.Batch) error
}

// Dater is a Target that gives out write times of its own. What is spooled gets a
// later one: where the clock was set back, it would else be taken for older than
// what was written or deleted before it.
type Dater interface {
	// LastWrite is the greatest write time so far, in Unix milliseconds.
	LastWrite() int64
}

// Config is what a Store needs to know. Dir and Target are given; all else has a
// usable zero value.
type Config struct {
	Dir     string       // the folder; it is made if it is not there
	Max     int64        // bytes of waiting records kept on the disk; 0: 1 GiB
	Segment int64        // bytes of a segment; 0: 64 MiB, or a quarter of Max if that is less
	Log     *slog.Logger // nil: nothing is logged
	Now     storage.Now  // nil: time.Now
	Target  Target       // belongs to the Store, which closes it

	create func(path string) (file, error) // nil: createFile
}

// Store is a Target behind a spool. Reads are the target's: what waits is not
// seen before it is delivered.
type Store struct {
	storage.Reader
	target   Target
	dir      string
	now      storage.Now
	log      *slog.Logger
	lock     *os.File
	mark     *markFile
	ledger   *ledger
	appender *appender
	refusals *refusals
	wake     chan struct{}
	stop     context.CancelFunc
	done     sync.WaitGroup

	quiet      sync.Mutex
	complained map[string]time.Time // when something was last logged
}

// Open opens the folder, or makes it, and begins to deliver what waits there. A
// folder that another process has open is refused.
func Open(c Config) (*Store, error) {
	if c.Dir == "" || c.Target == nil {
		return nil, errors.New("open the spool: no folder or no target is given")
	}
	if err := makeDir(c.Dir); err != nil {
		return nil, fmt.Errorf("make the folder of the spool: %w", err)
	}
	lock, err := lockDir(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("open the spool: %w", err)
	}
	s := newStore(&c)
	s.lock = lock
	if err := s.recover(); err != nil {
		err = fmt.Errorf("open the spool %s: %w", c.Dir, err)
		if s.mark != nil {
			err = errors.Join(err, s.mark.close())
		}
		return nil, errors.Join(err, lock.Close())
	}
	s.start()
	return s, nil
}

// newStore makes a store that has not looked at its folder.
func newStore(c *Config) *Store {
	s := &Store{
		Reader: c.Target, target: c.Target, dir: c.Dir, now: c.Now.Or(), log: c.Log,
		ledger: &ledger{changed: make(chan struct{})}, refusals: &refusals{dir: c.Dir},
		wake: make(chan struct{}, 1), complained: map[string]time.Time{},
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.appender = &appender{
		dir: c.Dir, max: c.Max, segment: c.Segment, now: s.now, ledger: s.ledger, create: c.create,
		queue: make(chan *entry, queued), wake: s.wake,
	}
	s.appender.dater, _ = c.Target.(Dater)
	a := s.appender
	if a.max <= 0 {
		a.max = 1 << 30
	}
	if a.segment <= 0 {
		a.segment = min(64<<20, a.max/4)
	}
	if a.create == nil {
		a.create = createFile
	}
	return s
}

// Write writes to the target while nothing waits, and to the spool as long as
// something does or the target is away. What is spooled is durable when Write
// returns, and visible later.
func (s *Store) Write(ctx context.Context, b *storage.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.ledger.free(s.now().UnixMilli()) {
		err := s.target.Write(ctx, b)
		if !errors.Is(err, points.ErrUnavailable) {
			return err
		}
		if spooled := s.spool(ctx, b); spooled != nil {
			return fmt.Errorf("%w (the store says: %w)", spooled, err)
		}
		return nil
	}
	return s.spool(ctx, b)
}

// spool appends a batch that the target would take.
func (s *Store) spool(ctx context.Context, b *storage.Batch) error {
	if len(b.Changes) == 0 {
		return nil
	}
	if err := sound(b); err != nil {
		return err
	}
	if checker, ok := s.target.(Checker); ok {
		if err := checker.Check(b); err != nil {
			return err
		}
	}
	return s.appender.add(ctx, b)
}

// Delete waits until all that was spooled before is delivered, so that it cannot
// come back, and deletes in the target. While delivery is held up it answers
// points.ErrUnavailable at once.
func (s *Store) Delete(ctx context.Context, sel storage.Selection, r points.Range) error {
	if err := s.ledger.drained(ctx); err != nil {
		return err
	}
	// A record that is delivered again after a crash could bring back what was
	// deleted, where the target has forgotten the deletion by then.
	if err := s.mark.save(s.ledger.mark()); err != nil {
		return fmt.Errorf("%w: %w", points.ErrUnavailable, err)
	}
	err := s.target.Delete(ctx, sel, r)
	s.ledger.noteDelete(s.now().UnixMilli())
	return err
}

// Snapshot is the target's.
func (s *Store) Snapshot(ctx context.Context) (storage.Snapshot, error) {
	return s.target.Snapshot(ctx)
}

// Health is the target's.
func (s *Store) Health(ctx context.Context) error { return s.target.Health(ctx) }

// Unwrap is the target.
func (s *Store) Unwrap() storage.Store { return s.target }

// Waiting tells what the spool holds and has done.
func (s *Store) Waiting() State { return s.ledger.waiting() }

// Close ends delivery, keeps what waits for the next time, and closes the
// target.
func (s *Store) Close() error {
	s.stop()
	s.done.Wait()
	err := errors.Join(s.appender.drop(), s.mark.save(s.ledger.mark()), s.mark.close())
	return errors.Join(s.target.Close(), err, s.lock.Close())
}

// complain logs a failure, the same one at most every ten seconds.
func (s *Store) complain(what string, err error) {
	const pause = 10 * time.Second
	s.quiet.Lock()
	defer s.quiet.Unlock()
	if now := time.Now(); now.Sub(s.complained[what]) >= pause {
		s.complained[what] = now
		w := s.ledger.waiting()
		s.log.Warn(what, "error", err, "points_waiting", w.Points, "bytes_waiting", w.Bytes, "points_refused", w.Poisoned)
	}
}

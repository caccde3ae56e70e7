package pebble

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/chunk"
	"aion/storage/points"
)

// When the runs of a series wait for more, carried from epoch to epoch: while
// they hold fewer points than this in fewer runs than this.
const (
	carriedPoints = 256
	carriedRuns   = 32
)

// How much is settled at a time, with the lock held. Where series are large it is up to
// four times as much, and then a part of a sheet.
const (
	pieceBytes  = 1 << 20
	pieceSeries = 4096
)

// settler turns runs into chunks. One is made for each piece of work; meanwhile
// nobody else changes chunks or removes series.
type settler struct {
	s       *Store
	sc      *scan
	runs    *pebble.Iterator // over the epoch's runs, or over carried runs
	chunks  *pebble.Iterator // over chunks, to find zones
	waiting stride           // over carried runs
	groups  *pebble.Iterator // over the epoch's groups
	grouped *pebble.Iterator // over groups of carried runs
	sheet   sheetWork
	seen    uint32 // what was written before that epoch is there
	since   uint32 // readers who know of no older epoch see what the settler has done
	batch   *pebble.Batch
	part    *pebble.Batch // what is done to one zone
	fresh   int           // where the epoch's points begin among those gathered
	now     int64
	carried []uint64 // ranks of the series' carried runs that stand alone
	waits   []waits  // the series' carried runs
	among   int      // how many more of them stand in groups
	chunk   chunk.Chunk
	block   points.Block
	expires []int64
	key     []byte
	value   []byte
	emptied []uint64 // series that may have lost all their points
	epoch   uint32   // that is settled; 0: carried runs are
	first   uint64   // the sheet with which that begins which is still to be taken away
	single  bool     // it has runs that stand alone
	several bool     // it has groups
}

// settler begins a piece of work.
func (s *Store) settler() (t *settler, err error) {
	t = &settler{s: s, sc: s.scans.Get().(*scan), now: s.millis(), batch: s.newBatch(), part: s.newBatch()}
	t.sheet.at, t.seen = epochs{oldest: s.oldest.Load()}, s.newest.Load()
	t.since = t.seen
	t.sc.it, err = s.db.NewIter(nil)
	for _, it := range []**pebble.Iterator{&t.runs, &t.chunks, &t.groups, &t.grouped} {
		if err == nil {
			*it, err = t.sc.it.Clone(pebble.CloneOptions{})
		}
	}
	if err == nil {
		t.waiting, err = newStride(t.sc.it, []byte{keyCarried})
	}
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	// Behind the last chunk there is what has been settled just now and not yet
	// forgotten: whoever looks for one there would go through all of it.
	t.chunks.SetBounds([]byte{keyChunk}, []byte{keyChunk + 1})
	return t, nil
}

// close gives back what the settler holds.
func (t *settler) close() error {
	errs := []error{t.s.release(t.sc), t.batch.Close(), t.part.Close(), t.waiting.close()}
	for _, it := range []*pebble.Iterator{t.runs, t.chunks, t.groups, t.grouped} {
		if it != nil {
			errs = append(errs, it.Close())
		}
	}
	return errors.Join(errs...)
}

// flush commits what has been done so far. It need not be durable: should it be
// lost, the runs are still there.
func (t *settler) flush() error {
	batch := t.batch
	t.batch = t.s.newBatch()
	if err := t.s.commit(batch, pebble.NoSync); err != nil {
		return err
	}
	for _, sheet := range t.sheet.cleared {
		t.s.grouped.settled(sheet, t.seen, t.since)
	}
	t.sheet.cleared = t.sheet.cleared[:0]
	if t.s.flushed != nil {
		t.s.flushed()
	}
	return batch.Close()
}

// settle turns the runs of a closed epoch into chunks or carried runs.
func (s *Store) settle(epoch uint32, force bool) error {
	var emptied []uint64
	for from, more := uint64(0), true; more && !s.stopped(); {
		var err error
		if from, more, err = s.settlePiece(epoch, from, force, &emptied); err != nil {
			return fmt.Errorf("settle epoch %d: %w", epoch, translate(err))
		}
	}
	if s.stopped() {
		return nil
	}
	return s.reap(emptied)
}

// settlePiece settles some series, beginning with number from, with which a sheet
// begins. It answers where the next piece begins, if there is one.
func (s *Store) settlePiece(epoch uint32, from uint64, force bool, emptied *[]uint64) (next uint64, more bool, err error) {
	s.settling.Lock()
	defer s.settling.Unlock()
	t, err := s.settler()
	if err != nil {
		return 0, false, err
	}
	defer func() { err = firstOf(err, t.close()) }()
	t.runs.SetBounds(appendRunSeries(nil, epoch, from), appendEpoch(nil, epoch+1))
	t.groups.SetBounds(appendSheetGroups(nil, epoch, from), appendEpochGroups(nil, epoch+1))
	t.epoch, t.first, t.single, t.several = epoch, from, t.runs.First(), t.groups.First()
	for n := 0; ; {
		sheet, ok := t.nextSheet(epoch)
		if !ok || n >= pieceSeries || t.batch.Len() > t.s.piece {
			next, more = sheet, ok
			break
		}
		of, err := t.settleSheet(sheet, epoch, force)
		if err != nil {
			return 0, false, err
		}
		n += of
	}
	if err := firstOf(t.runs.Error(), t.groups.Error()); err != nil {
		return 0, false, err
	}
	if err := t.dropEpoch(epoch, next, more); err != nil {
		return 0, false, err
	}
	*emptied = append(*emptied, t.emptied...)
	return next, more, t.flush()
}

// run tells which run the iterator is at, if it is one of the epoch.
func (t *settler) run(epoch uint32) (number, rank uint64, ok bool) {
	if !t.runs.Valid() {
		return 0, 0, false
	}
	number, rank, ok = parseRunKey(t.runs.Key())
	return number, rank, ok && uint32(rank>>32) == epoch
}

// series settles one series, at whose first run the iterator is, if it has one that
// stands alone, and moves the iterator behind its runs. Damage stays where it is, and
// the runs beside it.
func (t *settler) series(number uint64, epoch uint32, force bool) error {
	err := t.gather(number, epoch)
	if err == nil {
		err = t.place(number, epoch, force)
	}
	if isDamage(err) {
		t.s.damaged.Add(1)
		t.s.log.Error("a series is damaged", "series", number, "error", err)
		return t.leave(number, epoch)
	}
	return err
}

// gather reads the runs of a series: the carried ones that stand alone, then the
// epoch's, these in the order of their ranks. Carried runs in groups are read when more
// becomes of them than that they wait on.
func (t *settler) gather(number uint64, epoch uint32) error {
	over := &t.sc.over
	if err := t.gatherCarried(number); err != nil {
		return err
	}
	t.fresh = over.block.Len()
	grouped, err := t.sheet.fresh.of(number), t.sheet.fresh.readable(number)
	for n, rank, ok := t.run(epoch); ok && n == number && err == nil; n, rank, ok = t.run(epoch) {
		for len(grouped) != 0 && grouped[0].rank < rank && err == nil {
			err, grouped = t.sheet.fresh.addTo(over, number, grouped[0]), grouped[1:]
		}
		if err == nil {
			err = t.addSingle(rank)
		}
	}
	for len(grouped) != 0 && err == nil {
		err, grouped = t.sheet.fresh.addTo(over, number, grouped[0]), grouped[1:]
	}
	return err
}

// addSingle adds the epoch's run that the iterator is at, and moves on.
func (t *settler) addSingle(rank uint64) error {
	v, err := t.runs.ValueAndErr()
	if err != nil {
		return err
	}
	t.s.settled.Add(int64(len(t.runs.Key()) + len(v)))
	if err := t.sc.over.add(t.runs.Key(), v, rank); err != nil {
		return err
	}
	t.runs.Next()
	return nil
}

// place puts what has been gathered where it belongs.
func (t *settler) place(number uint64, epoch uint32, force bool) error {
	over := &t.sc.over
	if !force {
		if ok, err := t.wait(number, epoch); ok || err != nil {
			return err
		}
	}
	if err := t.sheet.old.addAll(over, number); err != nil {
		return err
	}
	if len(over.cuts) != 0 {
		t.emptied = append(t.emptied, number)
		if err := t.lookAt(number); err != nil { // the cuts go with this batch
			return err
		}
	}
	over.resolve()
	if err := t.zones(number); err != nil {
		return err
	}
	t.dropCarried(number, 0)
	return nil
}

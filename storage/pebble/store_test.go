package pebble

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"aion/storage"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// TestMain fails where something still runs after the last Close.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// driver is the engine as it is used.
func driver() storagetest.Driver {
	return storagetest.Driver{
		Open: func(t testing.TB, dir string, now storage.Now) storage.Store {
			return mustOpen(t, Config{Dir: dir, Now: now})
		},
	}
}

// mustOpen opens a store.
func mustOpen(t testing.TB, c Config) *Store {
	t.Helper()
	s, err := Open(c)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return s
}

// tidied is a store that tidies up after every change, so that reads see chunks
// where they would see runs.
type tidied struct {
	*Store
	tidy func(*Store) error
	ctx  context.Context
}

// Unwrap is the store.
func (d tidied) Unwrap() storage.Store { return d.Store }

// Write writes and tidies up.
func (d tidied) Write(ctx context.Context, b *storage.Batch) error {
	if err := d.Store.Write(ctx, b); err != nil {
		return err
	}
	return d.tidy(d.Store)
}

// Delete deletes and tidies up.
func (d tidied) Delete(ctx context.Context, sel storage.Selection, r points.Range) error {
	if err := d.Store.Delete(ctx, sel, r); err != nil {
		return err
	}
	return d.tidy(d.Store)
}

// Close checks the store before it closes it.
func (d tidied) Close() error {
	if err := d.tidy(d.Store); err != nil {
		return err
	}
	if err := d.Store.Verify(d.ctx); err != nil {
		return errors.Join(err, d.Store.Close())
	}
	return d.Store.Close()
}

// settleAll leaves no run behind.
func settleAll(s *Store) error {
	if err := s.turn(); err != nil {
		return err
	}
	for s.oldest.Load() != s.newest.Load() {
		if err := s.settleOldest(true); err != nil {
			return err
		}
	}
	return nil
}

// settleSome settles epochs as the background does.
func settleSome(s *Store) error {
	if err := s.turn(); err != nil {
		return err
	}
	return s.settleOldest(false)
}

// TestContract holds the engine to the suite: as it is used, on a disk; and in
// memory with everything in chunks, and with everything on its way there.
func TestContract(t *testing.T) {
	t.Run("runs", func(t *testing.T) {
		d := driver()
		if testing.Short() {
			d.Lacks = map[string]string{"random/points": ofOne, "random/lives": ofOne}
		}
		storagetest.Run(t, d)
	})
	for name, tidy := range map[string]func(*Store) error{"chunks": settleAll, "carried": settleSome} {
		t.Run(name, func(t *testing.T) {
			whole(t)
			folders := map[string]vfs.FS{}
			storagetest.Run(t, storagetest.Driver{
				Open: func(t testing.TB, dir string, now storage.Now) storage.Store {
					if folders[dir] == nil {
						folders[dir] = vfs.NewMem()
					}
					s := mustOpen(t, Config{Dir: dir, Now: now, fs: folders[dir]})
					return tidied{s, tidy, context.WithoutCancel(t.Context())}
				},
			})
		})
	}
}

// TestRecords holds the engine's records to the suite.
func TestRecords(t *testing.T) { storagetest.Records(t, driver()) }

// readRange reads a range of one series, all of it at once.
func readRange(t *testing.T, s storage.Reader, k points.Key, r points.Range) (out points.Block, err error) {
	t.Helper()
	out.Reset(k.Kind())
	sel := storage.Selection{Metrics: []string{k.Metric}, Types: []string{k.Type}}
	for _, tag := range k.Tags {
		sel.Matchers = append(sel.Matchers, storage.Matcher{Tag: tag.Name, Values: []string{tag.Value}})
	}
	for sr, err := range s.Select(t.Context(), sel) {
		if err != nil {
			return out, err
		}
		c := sr.Points(r, points.Asc)
		var b points.Block
		for err = c.Next(t.Context(), &b); err == nil; err = c.Next(t.Context(), &b) {
			out.AppendBlock(&b)
		}
		if err := c.Close(); err != nil {
			return out, err
		}
		if err != io.EOF {
			return out, err
		}
	}
	return out, nil
}

// seriesOf lists the numbers of the series that the dictionary has.
func seriesOf(t *testing.T, s *Store) (numbers []uint64) {
	t.Helper()
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{keySeries}, UpperBound: []byte{keySeries + 1}})
	if err != nil {
		t.Fatal(err)
	}
	names := roll{it: it}
	for more := names.seek(0); more; more = names.next() {
		numbers = append(numbers, names.sheet.number)
	}
	if err := errors.Join(names.err, it.Close()); err != nil {
		t.Fatal(err)
	}
	return numbers
}

// entries counts the keys with a first byte.
func entries(t *testing.T, s *Store, prefix byte) (keys []string) {
	t.Helper()
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{prefix}, UpperBound: []byte{prefix + 1}})
	if err != nil {
		t.Fatal(err)
	}
	for ok := it.First(); ok; ok = it.Next() {
		keys = append(keys, string(it.Key())+" "+string(it.Value()))
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
	return keys
}

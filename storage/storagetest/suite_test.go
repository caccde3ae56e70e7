package storagetest_test

import (
	"context"
	"iter"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// faulty is a memory store whose faults are functions in place of its methods.
type faulty struct {
	storage.Store
	write    func(context.Context, storage.Store, *storage.Batch) error
	remove   func(context.Context, storage.Store, storage.Selection, points.Range) error
	sel      func(storage.Selection) storage.Selection
	values   func(storage.Selection) storage.Selection
	wrapped  func(storage.Series) storage.Series
	snapshot func(storage.Store) storage.Snapshot
}

// Write is the store's or the fault's.
func (f faulty) Write(ctx context.Context, b *storage.Batch) error {
	if f.write != nil {
		return f.write(ctx, f.Store, b)
	}
	return f.Store.Write(ctx, b)
}

// Delete is the store's or the fault's.
func (f faulty) Delete(ctx context.Context, s storage.Selection, r points.Range) error {
	if f.remove != nil {
		return f.remove(ctx, f.Store, s, r)
	}
	return f.Store.Delete(ctx, s, r)
}

// Select is the store's with another selection or other series.
func (f faulty) Select(ctx context.Context, s storage.Selection) iter.Seq2[storage.Series, error] {
	if f.sel != nil {
		s = f.sel(s)
	}
	return func(yield func(storage.Series, error) bool) {
		for sr, err := range f.Store.Select(ctx, s) {
			if err == nil && f.wrapped != nil {
				sr = f.wrapped(sr)
			}
			if !yield(sr, err) {
				return
			}
		}
	}
}

// TagValues is the store's with another selection.
func (f faulty) TagValues(ctx context.Context, tag string, s storage.Selection) iter.Seq2[string, error] {
	if f.values != nil {
		s = f.values(s)
	}
	return f.Store.TagValues(ctx, tag, s)
}

// Snapshot is the store's or the fault's.
func (f faulty) Snapshot(ctx context.Context) (storage.Snapshot, error) {
	if f.snapshot != nil {
		return f.snapshot(f.Store), nil
	}
	return f.Store.Snapshot(ctx)
}

// Compact promises the suite that there are summaries.
func (f faulty) Compact(context.Context) error { return nil }

// live is a snapshot that is none.
type live struct{ storage.Reader }

// Close does nothing.
func (live) Close() error { return nil }

// eachChange is a fault of writing, change by change.
func eachChange(alter func(*storage.Change)) func(context.Context, storage.Store, *storage.Batch) error {
	return func(ctx context.Context, s storage.Store, b *storage.Batch) error {
		for i := range b.Changes {
			alter(&b.Changes[i])
			if err := s.Write(ctx, &storage.Batch{Changes: b.Changes[i : i+1]}); err != nil {
				return err
			}
		}
		return nil
	}
}

// fault is a mistake of a driver and the check that must find it.
type fault struct {
	name, found string
	store       faulty
}

// faults lists mistakes by name.
func faults() []fault {
	return []fault{
		{"zero has no sign", "points/doubles_are_exact", faulty{write: eachChange(func(c *storage.Change) {
			for i := range c.Points.Floats {
				c.Points.Floats[i] += 0
			}
		})}},
		{"longs have 53 bits", "points/longs_are_exact", faulty{write: eachChange(func(c *storage.Change) {
			for i, v := range c.Points.Ints {
				c.Points.Ints[i] = v >> 11 << 11
				c.Points.Floats[i] = float64(c.Points.Ints[i])
			}
		})}},
		{"texts end with a NUL", "points/texts", faulty{write: eachChange(func(c *storage.Change) {
			for i, v := range c.Points.Texts {
				c.Points.Texts[i], _, _ = strings.Cut(v, "\x00")
			}
		})}},
		{"puts come before removals", "write/removals_stand_in_order", faulty{write: func(ctx context.Context, s storage.Store, b *storage.Batch) error {
			slices.SortStableFunc(b.Changes, func(a, b storage.Change) int { return len(a.Remove) - len(b.Remove) })
			return s.Write(ctx, b)
		}}},
		{"a batch shows in part", "concurrent/a_batch_shows_whole", faulty{write: eachChange(func(*storage.Change) {})}},
		{"nothing expires", "expire/at_once", faulty{write: eachChange(func(c *storage.Change) { c.TTL = 0 })}},
		{"deletions stop short", "delete/ranges_are_exact", faulty{remove: func(ctx context.Context, s storage.Store, sel storage.Selection, r points.Range) error {
			r.To--
			return s.Delete(ctx, sel, r)
		}}},
		{"deletions forget a matcher", "delete/selections_are_exact", faulty{remove: func(ctx context.Context, s storage.Store, sel storage.Selection, r points.Range) error {
			return s.Delete(ctx, withoutLast(sel), r)
		}}},
		{"selections forget a matcher", "select/selections", faulty{sel: withoutLast}},
		{"values forget a matcher", "names/selections", faulty{values: withoutLast}},
		{"snapshots move on", "snapshot/sees_nothing_later", faulty{snapshot: func(s storage.Store) storage.Snapshot { return live{s} }}},
		{"what is opened again is empty", "write/reopened", faulty{}},
		{"sums are rounded", "summaries/are_the_truth", faulty{wrapped: summarizing(func(s *points.Summary) { s.Sum = float64(float32(s.Sum)) })}},
		{"summaries miss a point", "summaries/are_the_truth", faulty{wrapped: summarizing(func(s *points.Summary) { s.Count-- })}},
	}
}

// withoutLast is s without its last matcher.
func withoutLast(s storage.Selection) storage.Selection {
	s.Matchers = s.Matchers[:max(0, len(s.Matchers)-1)]
	return s
}

// faultName is the variable that tells TestFaulty which mistake to make.
const faultName = "AION_STORAGETEST_FAULT"

// TestFaulty runs the suite with a driver that makes the mistake in the
// environment. It is TestSuiteFindsFaults that calls it.
func TestFaulty(t *testing.T) {
	name := os.Getenv(faultName)
	if name == "" {
		t.Skip("no mistake is asked for")
	}
	for _, f := range faults() {
		if f.name == name {
			storagetest.Run(t, driver(f.store, f.name != "what is opened again is empty"))
		}
	}
}

// driver opens memory stores with these faults.
func driver(f faulty, forgets bool) storagetest.Driver {
	return storagetest.Driver{Forgets: forgets, Open: func(_ testing.TB, _ string, now storage.Now) storage.Store {
		f := f
		f.Store = memory.New(memory.Config{Now: now})
		return f
	}}
}

// TestSuiteFindsFaults: for each mistake there is a check that fails.
func TestSuiteFindsFaults(t *testing.T) {
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFaulty$/^"+strings.ReplaceAll(f.found, "/", "$/^")+"$")
			cmd.Env = append(os.Environ(), faultName+"="+f.name)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestFaulty/"+f.found) {
				t.Errorf("%s does not find it: %v\n%s", f.found, err, out)
			}
		})
	}
}

// TestSummarizing: a driver with true summaries passes every check.
func TestSummarizing(t *testing.T) {
	storagetest.Run(t, driver(faulty{wrapped: summarizing(func(*points.Summary) {})}, true))
}

// Package storagetest is the contract of package storage as a suite: a driver
// that passes Run may stand behind Aion. Every check has a name, opens stores of
// its own, and looks at them through storage.Checked.
package storagetest

import (
	"fmt"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// Driver is what a driver brings to the suite.
type Driver struct {
	// Open opens the store kept in dir, and opens it again after its Close with
	// all that it held. The store keeps points for ever unless told otherwise.
	Open func(t testing.TB, dir string, now storage.Now) storage.Store

	// Lacks has, by the name of a check or of all checks of a topic ("expire"),
	// the reason why the driver cannot pass. A new driver owes everything.
	Lacks map[string]string

	// Forgets says that a store that is opened again is empty.
	Forgets bool
}

// check is one named demand on a driver.
type check struct {
	topic, name string
	run         func(*fixture)
}

// checks lists everything a driver owes.
func checks() []check {
	return slices.Concat(pointChecks(), writeChecks(), selectChecks(), nameChecks(), deleteChecks(),
		expireChecks(), snapshotChecks(), concurrentChecks(), summaryChecks(), leadingChecks(), randomChecks(), narrowedChecks())
}

// Run holds d to every check. A check that d lacks is skipped with the reason;
// a lack that names no check is a failure.
func Run(t *testing.T, d Driver) {
	known := map[string]bool{}
	for _, c := range checks() {
		name := c.topic + "/" + c.name
		known[c.topic], known[name] = true, true
		t.Run(name, func(t *testing.T) {
			for _, lack := range []string{c.topic, name} {
				if why, ok := d.Lacks[lack]; ok {
					t.Skip(why)
				}
			}
			f := newFixture(t, d)
			defer f.breach("the check")
			c.run(f)
		})
	}
	for name := range d.Lacks {
		if !known[name] {
			t.Errorf("the driver lacks %q, which is no check", name)
		}
	}
}

// fixture is an open store and the model of what it should hold.
type fixture struct {
	*testing.T
	driver Driver
	dir    string
	clock  *Clock
	store  storage.Store
	model  *model
}

// newFixture opens an empty store that is closed when the test ends.
func newFixture(t *testing.T, d Driver) *fixture {
	c := NewClock(time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC))
	f := &fixture{T: t, driver: d, dir: t.TempDir(), clock: c, model: newModel(c.Now)}
	f.store = storage.Checked(d.Open(t, f.dir, c.Now))
	t.Cleanup(f.end)
	return f
}

// breach makes a panic of Checked a failure of this check alone.
func (f *fixture) breach(where string) {
	if p := recover(); p != nil {
		f.Errorf("%s: %v\n%s", where, p, debug.Stack())
	}
}

// end closes the store, unless opening it again has failed.
func (f *fixture) end() {
	defer f.breach("close")
	if f.store == nil {
		return
	}
	if err := f.store.Close(); err != nil {
		f.Errorf("close: %v", err)
	}
}

// reopen closes the store and opens it again. The model forgets with the store.
func (f *fixture) reopen() {
	f.Helper()
	closing := f.store
	f.store = nil
	f.must(closing.Close())
	f.store = storage.Checked(f.driver.Open(f.T, f.dir, f.clock.Now))
	if f.driver.Forgets {
		f.model = newModel(f.clock.Now)
	}
}

// must ends the test on an error.
func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// write applies a batch to store and model.
func (f *fixture) write(b *storage.Batch) {
	f.Helper()
	f.must(f.store.Write(f.Context(), b))
	f.model.write(b)
}

// put writes points of one series.
func (f *fixture) put(k points.Key, b points.Block, ttl time.Duration) {
	f.Helper()
	var batch storage.Batch
	batch.Put(k, b, ttl)
	f.write(&batch)
}

// delete deletes in store and model.
func (f *fixture) delete(s storage.Selection, r points.Range) {
	f.Helper()
	f.must(f.store.Delete(f.Context(), s, r))
	f.model.delete(s, r)
}

// sweep lets the store clear away what has expired, if it does so on request.
func (f *fixture) sweep() {
	f.Helper()
	if s, ok := storage.As[storage.Sweeper](f.store); ok {
		f.must(s.Sweep(f.Context()))
	}
}

// compact lets the store bring its points into their final form, if it does so
// on request.
func (f *fixture) compact() {
	f.Helper()
	if s, ok := storage.As[storage.Compacter](f.store); ok {
		f.must(s.Compact(f.Context()))
	}
}

// agree compares store and model in a range, in both orders.
func (f *fixture) agree(s storage.Selection, r points.Range) {
	f.Helper()
	for _, o := range []points.Order{points.Asc, points.Desc} {
		got, err := read(f.Context(), f.store, s, r, o)
		f.must(err)
		if d := difference(got, f.model.read(s, r, o)); d != "" {
			f.Fatalf("points of %v %s: %s", r, o, d)
		}
	}
}

// holds compares all that the store holds with points as text, one line a
// series that has points, in the order of their keys.
func (f *fixture) holds(want ...string) {
	f.Helper()
	got, err := read(f.Context(), f.store, storage.Selection{}, points.Always, points.Asc)
	f.must(err)
	var lines []string
	for _, s := range got {
		lines = append(lines, s.String())
	}
	slices.Sort(lines)
	slices.Sort(want)
	if !slices.Equal(lines, want) {
		f.Fatalf("the store holds\n%s\nwant\n%s", list(lines), list(want))
	}
}

// list prints one line each.
func list(lines []string) string {
	out := ""
	for _, l := range lines {
		out += fmt.Sprintf("\t%s\n", l)
	}
	return out
}

package pebble

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// scattered makes a store of 300 series of cpu whose numbers lie in stretches of
// one, two and many between those of mem: settled, carried and as runs of two
// epochs, filed for the sweeper or not.
func scattered(t *testing.T, fs vfs.FS) *Store {
	t.Helper()
	s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
	for i := range 300 {
		host := fmt.Sprintf("h%03d", i)
		if i < 100 && i%(1+i/20) == 0 {
			k := cpu(host)
			k.Metric = "mem"
			put(t, s, k, 0, int64(i), 1)
		}
		putFor(t, s, cpu(host), time.Duration(i%3)*time.Hour, 1, times(1, int64(1+i*7%2000), 1)...)
		if i == 90 || i == 180 {
			tidy(t, s)
		}
		if i == 240 {
			if err := s.turn(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

// TestErase: a metric goes without a trace, the one whose series lie between its
// own stays whole, and what is written to the metric afterwards is there, on a
// disk that loses what is not synced, too.
func TestErase(t *testing.T) {
	whole(t)
	fs := vfs.NewCrashableMem()
	s := scattered(t, fs)
	mem := storage.Selection{Metrics: []string{"mem"}}
	want := described(t, s, mem)
	if err := s.Delete(t.Context(), storage.Selection{Metrics: []string{"cpu"}}, points.Always); err != nil {
		t.Fatal(err)
	}
	check := func(s *Store, wantCPU ...string) {
		t.Helper()
		if got := described(t, s, mem); !slices.Equal(got, want) {
			t.Errorf("what stays is %v, want %v", got, want)
		}
		if got := described(t, s, storage.Selection{Metrics: []string{"cpu"}}); !slices.Equal(got, wantCPU) {
			t.Errorf("of what goes there is %v, want %v", got, wantCPU)
		}
		verified(t, s)
	}
	check(s)
	if n := len(seriesOf(t, s)); n != len(want) {
		t.Errorf("%d series are left, want %d", n, len(want))
	}
	for _, prefix := range []byte{keyDue, keyFiled} {
		if n := len(entries(t, s, prefix)); n != 0 {
			t.Errorf("%d entries %q are left", n, prefix)
		}
	}
	clone := fs.CrashClone(vfs.CrashCloneCfg{})
	put(t, s, cpu("h007"), 5, 9, 2)
	check(s, "cpu{host=h007} kairos_long [5 7 9]")
	tidy(t, s)
	check(s, "cpu{host=h007} kairos_long [5 7 9]")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	after := mustOpen(t, Config{Dir: "db", fs: clone, still: true})
	check(after)
	if err := after.Close(); err != nil {
		t.Fatal(err)
	}
}

// described lists the series of a selection with their times.
func described(t *testing.T, s storage.Reader, sel storage.Selection) (out []string) {
	t.Helper()
	for sr, err := range s.Select(t.Context(), sel) {
		if err != nil {
			t.Fatal(err)
		}
		var b points.Block
		drain(t, sr.Points(points.Always, points.Asc), &b)
		out = append(out, fmt.Sprint(sr.Key(), " ", b.Times))
	}
	slices.Sort(out)
	return out
}

// TestEraseFromManySheets: what stays on the sheets of series that are erased is
// written anew, and not all of it in one batch.
func TestEraseFromManySheets(t *testing.T) {
	whole(t)
	const hosts = eraseBytes/(sheetSize<<12) + 8
	s := still(t, nil)
	var block points.Block
	block.AppendInt(1, 1)
	for host := range hosts {
		var batch storage.Batch
		value := fmt.Sprint(host, strings.Repeat(" long", 1<<12/5))
		for metric := range sheetSize {
			batch.Put(points.Key{Metric: fmt.Sprint(metric), Tags: points.Tags{{Name: "host", Value: value}}, Type: points.TypeLong}, block, 0)
		}
		if err := s.Write(t.Context(), &batch); err != nil {
			t.Fatal(err)
		}
	}
	before := s.dropped.Load()
	if err := s.Delete(t.Context(), storage.Selection{Metrics: []string{"7"}}, points.Always); err != nil {
		t.Fatal(err)
	}
	if batches := s.dropped.Load() - before; batches != 2 {
		t.Errorf("%d batches, want 2", batches)
	}
	if n, want := len(seriesOf(t, s)), hosts*(sheetSize-1); n != want {
		t.Errorf("%d series are left, want %d", n, want)
	}
	verified(t, s)
}

// TestCutLikeErase: to cut all points out of series by a range that holds them
// leaves as little as to erase the series.
func TestCutLikeErase(t *testing.T) {
	whole(t)
	s := scattered(t, vfs.NewMem())
	defer s.Close()
	mem := storage.Selection{Metrics: []string{"mem"}}
	want := described(t, s, mem)
	r := points.Range{From: 0, To: 1_000_000}
	if err := s.Delete(t.Context(), storage.Selection{Metrics: []string{"cpu"}}, r); err != nil {
		t.Fatal(err)
	}
	if got := described(t, s, storage.Selection{}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := len(seriesOf(t, s)); n != len(want) {
		t.Errorf("%d series are left, want %d", n, len(want))
	}
	verified(t, s)
}

// TestEraseDamaged: a series whose chunks cannot be read can be deleted.
func TestEraseDamaged(t *testing.T) {
	s := still(t, nil)
	put(t, s, cpu("a"), 0, 9_999, 1)
	put(t, s, cpu("b"), 0, 99, 1)
	tidy(t, s)
	if err := s.db.Set(appendChunkKey(nil, 1, 0), []byte("damaged"), nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: []string{"a"}}}}, points.Always); err != nil {
		t.Fatal(err)
	}
	sameTimes(t, s, cpu("b"), times(0, 99, 1))
	verified(t, s)
}

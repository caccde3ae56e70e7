package pebble

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// TestDue: a folder is made smaller when little has been written for a while
// and much stands in logs, or some time after points were taken away.
func TestDue(t *testing.T) {
	type look struct {
		after   time.Duration
		written uint64
		dropped int64
		want    bool
	}
	for name, looks := range map[string][]look{
		"nothing written": {{0, 0, 0, false}, {quietFor, 0, 0, false}, {time.Hour, 0, 0, false}},
		"busy, then quiet": {
			{0, 1 << 20, 0, false}, {quietFor - 1, 2 << 20, 0, false},
			{2*quietFor - 2, 2<<20 + quietBytes, 0, false}, {2*quietFor - 1, 2<<20 + quietBytes, 0, true},
		},
		"too little":     {{0, 1000, 0, false}, {time.Hour, 1000, 0, false}},
		"dropped":        {{0, 10, 1, false}, {reclaimAfter - 1, 20, 2, false}, {reclaimAfter, 30, 3, true}},
		"dropped, busy":  {{0, 1 << 20, 1, false}, {reclaimAfter, 1 << 30, 9, true}},
		"dropped before": {{0, 10, 0, false}, {time.Hour, 20, 0, false}},
	} {
		begun := time.Unix(1000, 0)
		c := calm{since: begun}
		for i, l := range looks {
			if got := c.due(l.written, 256<<10, l.dropped, begun.Add(l.after)); got != l.want {
				t.Errorf("%s, look %d: got %t, want %t", name, i, got, l.want)
			}
		}
	}
}

// folderSize is how many bytes the files of a folder hold.
func folderSize(t *testing.T, dir string) (n int64) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if errors.Is(err, fs.ErrNotExist) { // Pebble is deleting files
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		n += info.Size()
	}
	return n
}

// shrinks makes a folder as small as it gets, which are to be no more than so
// many bytes. Pebble deletes files after it has said that it is done with them.
func shrinks(t *testing.T, s *Store, want int64) (got int64) {
	t.Helper()
	if err := s.condense(t.Context()); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if got = folderSize(t, s.dir); got <= want {
			return got
		}
		if wasteful(s.db.Metrics()) {
			if err := s.join(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the folder holds %d bytes, want %d at most", got, want)
		}
	}
}

// putGauges writes points of a gauge that is read about every ten seconds, in n
// series, some points of each at a time.
func putGauges(t *testing.T, s *Store, n, each int, ttl time.Duration) {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, uint64(n)))
	const atOnce = 50
	for done := 0; done < each; done += atOnce {
		var batch storage.Batch
		for i := range n {
			var b points.Block
			for j := range atOnce {
				b.AppendFloat(int64(done+j)*10_000+rng.Int64N(1000), float64(2000+rng.IntN(20))/100)
			}
			k := cpu(fmt.Sprint(i))
			k.Type = points.TypeDouble
			batch.Put(k, b, ttl)
		}
		if err := s.Write(t.Context(), &batch); err != nil {
			t.Fatal(err)
		}
		if done%1000 == 950 {
			if err := settleSome(s); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestFolderSize: what a quiet store holds takes little more on the disk than
// its chunks, every file counted, and what is deleted or has expired takes none.
func TestFolderSize(t *testing.T) {
	whole(t)
	const series, each = 200, 4000
	ctx := context.WithoutCancel(t.Context())
	c := storagetest.NewClock(time.UnixMilli(1_000_000))
	for _, test := range []struct {
		name   string
		ttl    time.Duration
		remove func(*Store) error
	}{
		{"some series deleted", 0, func(s *Store) error {
			var hosts []string
			for i := range series / 2 {
				hosts = append(hosts, fmt.Sprint(i))
			}
			return s.Delete(ctx, storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: hosts}}}, points.Always)
		}},
		{"half of each deleted", 0, func(s *Store) error {
			return s.Delete(ctx, storage.Selection{}, points.Range{From: 0, To: each * 10_000 / 2})
		}},
		{"all deleted", 0, func(s *Store) error { return s.Delete(ctx, storage.Selection{}, points.Always) }},
		{"most of each older than the rule", 0, func(s *Store) error {
			s.retention = newRetention([]Rule{{Prefix: "cp", Keep: 10_000 * time.Second}})
			c.Advance(time.Duration(each*10_000-c.Now().UnixMilli()) * time.Millisecond)
			return s.Sweep(ctx)
		}},
		{"all expired", time.Hour, func(s *Store) error {
			c.Advance(2 * time.Hour)
			return s.Sweep(ctx)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := mustOpen(t, Config{Dir: t.TempDir(), Now: c.Now, still: true})
			defer s.Close()
			putGauges(t, s, series, each, test.ttl)
			full := shrinks(t, s, series*each*23/10)
			if err := test.remove(s); err != nil {
				t.Fatal(err)
			}
			left := int64(0)
			for sr, err := range s.Select(ctx, storage.Selection{}) {
				if err != nil {
					t.Fatal(err)
				}
				b, err := readRange(t, s, sr.Key(), points.Always)
				if err != nil {
					t.Fatal(err)
				}
				left += int64(b.Len())
			}
			shrinks(t, s, full*left/(series*each)+full/16+64<<10)
			verified(t, s)
		})
	}
}

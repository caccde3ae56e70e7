package pebble

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/pebble/folder"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// golden makes TestGoldenFolder write the folder of the current format, if it is
// not there. What is there stays as it is: operators have such folders.
var golden = flag.Bool("golden", false, "write the golden folder of the current format if it is missing")

// goldenNow is the time at which golden folders were written.
var goldenNow = time.UnixMilli(1_700_000_000_000)

// TestGoldenFolder opens, checks and reads the folders of all formats that have
// been released, which stand in testdata/v1 and so on with what they answer, writes
// to them and reads that.
func TestGoldenFolder(t *testing.T) {
	if *golden {
		writeGoldenFolder(t, fmt.Sprint("testdata/v", folder.Version))
	}
	texts, err := filepath.Glob("testdata/v*.txt")
	if err != nil || len(texts) == 0 {
		t.Fatal("there are no golden folders", err)
	}
	for _, path := range texts {
		t.Run(filepath.Base(path), func(t *testing.T) {
			dir, now := t.TempDir(), storagetest.NewClock(goldenNow).Now
			copyDir(t, strings.TrimSuffix(path, ".txt"), dir)
			var found []Damage
			_, err := CheckFolder(t.Context(), Config{Dir: dir}, Checks{Damaged: func(d Damage) { found = append(found, d) }})
			if err != nil || len(found) != 0 {
				t.Fatalf("check: %v, %v", found, err)
			}
			for _, settled := range []bool{false, true} {
				s := mustOpen(t, Config{Dir: dir, Now: now, still: true})
				if settled {
					err = s.Compact(t.Context())
				}
				want := string(mustRead(t, path))
				if got := answers(t, s); got != want {
					t.Errorf("settled %t: got %d bytes of answers, want the %d of %s:\n%s", settled, len(got), len(want), path, got)
				}
				verified(t, s)
				if err := errors.Join(err, s.Close()); err != nil {
					t.Fatal(err)
				}
			}
			s := mustOpenClosing(t, Config{Dir: dir, Now: now})
			put(t, s, cpu("new"), 1, 3, 1)
			sameTimes(t, s, cpu("new"), times(1, 3, 1))
		})
	}
}

// answers is all that a store answers, as text: a line for each series.
func answers(t *testing.T, s storage.Reader) string {
	t.Helper()
	var lines []string
	for series, err := range s.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		b, err := readRange(t, s, series.Key(), points.Always)
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprint(series.Key(), " ", b.Times, b.Ints, b.Floats, b.Texts, b.Bytes)
		lines = append(lines, line+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// writeGoldenFolder makes a folder as a killed process leaves it, with every kind
// of entry in tables and in a log, and beside it what it answers.
func writeGoldenFolder(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	live, now := t.TempDir(), storagetest.NewClock(goldenNow).Now
	s := mustOpenClosing(t, Config{Dir: live, Now: now, still: true})
	text := points.Key{Metric: "state", Tags: points.Tags{{Name: "host", Value: "ä"}}, Type: points.TypeText}
	goldenWrite(t, s, text, 0)
	put(t, s, cpu("settled"), 0, 1500, 3)
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	put(t, s, cpu("carried"), 0, 40, 1)
	putFor(t, s, cpu("expiring"), time.Hour, 1, times(0, 30, 1)...)
	putFor(t, s, cpu("settled"), time.Hour, 7, 3, 4, 5)
	if err := settleSome(s); err != nil {
		t.Fatal(err)
	}
	goldenNeighbours(t, s, 0) // carried at once
	if err := s.Delete(t.Context(), storage.Selection{}, points.Range{From: 90, To: 91}); err != nil {
		t.Fatal(err)
	}
	goldenNeighbours(t, s, 1) // runs, because of the cuts below
	put(t, s, cpu("gone"), 0, 40, 1)
	sel := storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: []string{"gone"}}}}
	if err := firstOf(s.db.Flush(), s.Delete(t.Context(), sel, points.Always)); err != nil {
		t.Fatal(err)
	}
	put(t, s, cpu("settled"), 100, 400, 2)
	goldenWrite(t, s, text, 60)
	if err := s.Delete(t.Context(), storage.Selection{}, points.Range{From: 20, To: 25}); err != nil {
		t.Fatal(err)
	}
	goldenNeighbours(t, s, 2)
	for prefix, want := range map[byte]int{keyCarriedGroup: 1, keyRunGroup: 2} {
		if n := len(entries(t, s, prefix)); n != want {
			t.Fatalf("%d groups of kind %c, want %d", n, prefix, want)
		}
	}
	copyDir(t, live, dir)
	if err := errors.Join(os.Remove(filepath.Join(dir, "LOCK")), os.WriteFile(dir+".txt", []byte(answers(t, s)), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// goldenWrite writes texts and doubles from a time on.
func goldenWrite(t *testing.T, s *Store, k points.Key, from int64) {
	t.Helper()
	var texts, doubles points.Block
	texts.Reset(points.Text)
	for at := from; at < from+40; at++ {
		texts.AppendText(at, []string{"open", "", "geschlossen"}[at%3])
		doubles.AppendFloat(at, float64(at)/8)
	}
	var batch storage.Batch
	batch.Put(k, texts, 0)
	gauge := cpu("gauge")
	gauge.Type = points.TypeDouble
	batch.Put(gauge, doubles, 0)
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
}

// goldenNeighbours writes points of some series that stand on one sheet: one or two
// of each, longs, doubles of few digits and of many, and texts.
func goldenNeighbours(t *testing.T, s *Store, at int64) {
	t.Helper()
	var batch storage.Batch
	for i := range int64(5 * groupFrom) {
		var b points.Block
		k, ttl := cpu(fmt.Sprint("neighbour", i)), time.Duration(i%2)*time.Hour
		for j := range 1 + i/8%2 {
			switch v := 10*i + j; i % 5 {
			case 0, 1:
				b.AppendInt(at+100*j, v)
			case 2:
				k.Type = points.TypeDouble
				b.AppendFloat(at+100*j, float64(v)/10)
			case 3:
				k.Type = points.TypeDouble
				b.AppendFloat(at+100*j, 1/float64(v))
			case 4:
				k.Type = points.TypeText
				b.Kind = points.Text
				b.AppendText(at+100*j, fmt.Sprint(v))
			}
		}
		batch.Put(k, b, ttl)
	}
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
}

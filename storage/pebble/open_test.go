package pebble

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/pebble/folder"
	"aion/storage/points"
)

// still opens a store in memory in which nothing runs by itself.
func still(t *testing.T, now storage.Now) *Store {
	t.Helper()
	s := mustOpen(t, Config{Dir: "db", Now: now, fs: vfs.NewMem(), still: true})
	t.Cleanup(func() {
		if err := s.Verify(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("verify: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// verified fails where the store is not as it should be.
func verified(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := leftovers(t, s); len(left) != 0 {
		t.Fatalf("left over: %q", left)
	}
}

// put writes points of one series: one a step, each with its time as its value.
func put(t *testing.T, s storage.Writer, k points.Key, from, to, step int64) {
	t.Helper()
	var b points.Block
	for at := from; at <= to; at += step {
		b.AppendInt(at, at)
	}
	var batch storage.Batch
	batch.Put(k, b, 0)
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// cpu is the key of a series of longs.
func cpu(host string) points.Key {
	return points.Key{Metric: "cpu", Tags: points.Tags{{Name: "host", Value: host}}, Type: points.TypeLong}
}

// read reads a range of one series.
func read(t *testing.T, s storage.Reader, k points.Key, r points.Range) *points.Block {
	t.Helper()
	out, err := readRange(t, s, k, r)
	if err != nil {
		t.Fatalf("read %s: %v", k, err)
	}
	return &out
}

// TestFormat: a folder of a later format, or with a mark that is none, is
// refused in words that name folder and versions.
func TestFormat(t *testing.T) {
	for _, c := range []struct{ name, mark, want string }{
		{"later", "9\n", "has format 9, and this program supports formats up to 5"},
		{"earlier", "1\n", "has format 1, and this program supports formats from 2 on: export it with the program that wrote it"},
		{"garbage", "x", `"x" is no format version`},
		{"empty", "", `"" is no format version`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, folder.MarkFile), []byte(c.mark), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(Config{Dir: dir})
			if err == nil {
				t.Fatal(errors.Join(errors.New("the folder was opened"), s.Close()))
			}
			if got := err.Error(); !strings.Contains(got, c.want) || !strings.Contains(got, dir) {
				t.Errorf("got the error %q, want one with %q and the folder", got, c.want)
			}
		})
	}
}

// TestFormatIsRenewed: a folder of an older version gets the present one when it is
// opened, and not when it is only looked at.
func TestFormatIsRenewed(t *testing.T) {
	dir := t.TempDir()
	copyDir(t, "testdata/v2", dir)
	marked := func() string { return strings.TrimSpace(string(mustRead(t, filepath.Join(dir, folder.MarkFile)))) }
	if _, err := CheckFolder(t.Context(), Config{Dir: dir}, Checks{}); err != nil || marked() != "2" {
		t.Fatalf("%v, the mark is %s after a look", err, marked())
	}
	if err := mustOpen(t, Config{Dir: dir}).Close(); err != nil || marked() != fmt.Sprint(folder.Version) {
		t.Errorf("%v, the mark is %s after the folder was opened", err, marked())
	}
}

// TestLock: a folder that is in use is refused, and free after Close.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Config{Dir: dir})
	_, err := Open(Config{Dir: dir})
	if want := "the folder " + dir + " is in use by another process"; !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), want) {
		t.Errorf("got the error %v, want %q", err, want)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, Config{Dir: dir})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestLockFails: where the folder's lock cannot be opened, nobody is blamed for it.
func TestLockFails(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "LOCK"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Open(Config{Dir: dir})
	if want := "the folder " + dir + " cannot be written to"; errors.Is(err, ErrInUse) || err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got the error %v, want %q", err, want)
	}
}

// TestNumbersAndEpochsGoOn: a store that is opened again gives no number twice
// and begins a later epoch.
func TestNumbersAndEpochsGoOn(t *testing.T) {
	fs := vfs.NewMem()
	var last uint64
	var epoch uint32
	for i := range 4 {
		s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
		if s.newest.Load() <= epoch {
			t.Errorf("epoch %d after %d", s.newest.Load(), epoch)
		}
		put(t, s, cpu(string(rune('a'+i))), 1, 3, 1)
		put(t, s, cpu("a"), int64(10*i), int64(10*i), 1)
		if s.dict.last != last+1 {
			t.Errorf("number %d after %d", s.dict.last, last)
		}
		last, epoch = s.dict.last, s.newest.Load()
		if i == 2 {
			if err := settleAll(s); err != nil {
				t.Fatal(err)
			}
			epoch = s.newest.Load()
		}
		verified(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestShrunkDictionary: series that the dictionary has dropped from memory keep
// their numbers.
func TestShrunkDictionary(t *testing.T) {
	s := still(t, nil)
	for round := range int64(4) {
		for i := range 20 {
			put(t, s, cpu(string(rune('a'+i))), round, round, 1)
		}
		s.dict.shrink(5)
	}
	if s.dict.last != 20 {
		t.Errorf("%d numbers for 20 series", s.dict.last)
	}
	for i := range 20 {
		sameTimes(t, s, cpu(string(rune('a'+i))), times(0, 3, 1))
	}
}

package pebble

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestDamagedLargeBlock: a bit that has flipped in a large block is told at once,
// in one line and by series; Pebble would search a quarter of a megabyte for the
// bit, with every reading of the block anew. Other series can be read.
func TestDamagedLargeBlock(t *testing.T) {
	whole(t)
	dir := t.TempDir()
	s := mustOpen(t, Config{Dir: dir, still: true})
	texts := points.Key{Metric: "cpu", Tags: cpu("texts").Tags, Type: points.TypeText}
	b := points.Block{Kind: points.Text}
	b.AppendText(1, noise(1<<20))
	var batch storage.Batch
	batch.Put(texts, b, 0)
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	put(t, s, cpu("whole"), 0, 20_000, 1)
	if err := errors.Join(s.Compact(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	flipTable(t, dir, 9, 10)

	var log bytes.Buffer
	s = mustOpenClosing(t, Config{Dir: dir, still: true, Log: slog.New(slog.NewTextHandler(&log, nil))})
	_, err := readRange(t, s, texts, points.Always)
	if damaged := new(points.DamagedError); !errors.As(err, &damaged) || !strings.Contains(err.Error(), "has another checksum") {
		t.Errorf("got the error %v, want one that names the series and the block", err)
	}
	if got := s.State(); got.Damaged == 0 || !got.Writable || !got.Healthy {
		t.Errorf("got %+v, want damage counted, and writes taken as ever", got)
	}
	if lines := strings.Count(log.String(), "\n"); lines == 0 || strings.Contains(log.String(), "stack trace") {
		t.Errorf("the log says %s, want that a table is damaged, without a stack", &log)
	}
	if n := read(t, s, cpu("whole"), points.Always).Len(); n != 20_001 {
		t.Errorf("%d points of the other series, want 20001", n)
	}
	var found []string
	if _, err := s.Check(t.Context(), Checks{Damaged: func(d Damage) { found = append(found, fmt.Sprint(d.Series, " ", d.Err)) }}); err != nil {
		t.Fatal(err)
	}
	all := strings.Join(found, "\n")
	if !strings.Contains(all, "the table") || !strings.Contains(all, texts.String()) || strings.Contains(all, "carrier") {
		t.Errorf("the check says\n%s\nwant the table and the series %s", all, &texts)
	}
}

// TestMissingTable: a table that is gone or cut off is damage to whoever opens the
// folder, and not something that passes.
func TestMissingTable(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"gone":    os.Remove,
		"cut off": func(path string) error { return os.Truncate(path, 100) },
	} {
		dir := t.TempDir()
		s := mustOpen(t, Config{Dir: dir, still: true})
		put(t, s, cpu("a"), 0, 20_000, 1)
		if err := errors.Join(s.Compact(t.Context()), s.Close(), damage(largestTable(t, dir))); err != nil {
			t.Fatal(err)
		}
		_, err := Open(Config{Dir: dir, still: true})
		if !errors.Is(err, points.ErrCorrupt) || errors.Is(err, points.ErrUnavailable) {
			t.Errorf("%s: got %v, want %v", name, err, points.ErrCorrupt)
		}
	}
}

// noise is a text of n characters that nothing makes shorter.
func noise(n int) string {
	rng := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, n)
	for i := range text {
		text[i] = byte(' ' + rng.IntN(95))
	}
	return string(text)
}

// flipTable flips a bit in the largest table of a folder, at num/den of its size.
func flipTable(t *testing.T, dir string, num, den int) {
	t.Helper()
	path := largestTable(t, dir)
	text := mustRead(t, path)
	text[len(text)*num/den] ^= 1
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// largestTable is the path of the largest table of a folder.
func largestTable(t *testing.T, dir string) (path string) {
	t.Helper()
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal("no tables", err)
	}
	size := -1
	for _, table := range tables {
		if n := len(mustRead(t, table)); n > size {
			path, size = table, n
		}
	}
	return path
}

package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// damageable makes a folder on the disk as a killed process leaves it, with
// every kind of file and entry, and answers a folder with its files.
func damageable(t *testing.T) string {
	t.Helper()
	live, killed := t.TempDir(), t.TempDir()
	s := mustOpen(t, Config{Dir: live, still: true})
	for i := range 30 {
		put(t, s, cpu(fmt.Sprint("settled", i)), 0, 5000, 1)
	}
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		put(t, s, cpu(fmt.Sprint("carried", i)), 0, 40, 1)
	}
	for at := range int64(3) {
		writeNeighbours(t, s, at, at)
	}
	if err := settleSome(s); err != nil {
		t.Fatal(err)
	}
	must(t, s.Delete(t.Context(), storage.Selection{}, points.Range{From: 1, To: 1})) // behind a cut nothing is carried at once
	writeNeighbours(t, s, 3, 3)
	if err := s.db.Flush(); err != nil {
		t.Fatal(err)
	}
	writeNeighbours(t, s, 4, 4)
	for _, kind := range []byte{keyRunGroup, keyCarriedGroup} {
		if len(entries(t, s, kind)) == 0 {
			t.Fatalf("there are no groups of kind %c", kind)
		}
	}
	putWide(t, s)
	for i := range 300 {
		put(t, s, cpu(fmt.Sprint("fresh", i%7)), int64(i), int64(i), 1)
	}
	copyDir(t, live, killed)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return killed
}

// putWide writes points to many series at once, which fill several blocks of the log.
func putWide(t *testing.T, s *Store) {
	t.Helper()
	var batch storage.Batch
	rng := rand.New(rand.NewPCG(1, 40))
	for i := range 400 {
		var b points.Block
		for at := range int64(40) {
			b.AppendInt(at, int64(rng.Uint64()))
		}
		batch.Put(cpu(fmt.Sprint("many", i)), b, 0)
	}
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
}

// copyDir copies the files of a folder.
func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// everything is all that a store answers, as text.
func everything(t *testing.T, s storage.Reader) (text string, err error) {
	t.Helper()
	var lines []string
	for series, err := range s.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			return "", err
		}
		b, err := readRange(t, s, series.Key(), points.Always)
		if err != nil {
			return "", err
		}
		lines = append(lines, fmt.Sprintln(series.Key(), b.Times, b.Ints))
	}
	slices.Sort(lines)
	return strings.Join(lines, ""), nil
}

// TestFlippedBits flips bits in files of every kind: the check names the damage,
// or the folder is as it was.
func TestFlippedBits(t *testing.T) {
	whole(t)
	origin := damageable(t)
	whole := t.TempDir()
	copyDir(t, origin, whole)
	want := contents(t, whole)
	files, err := os.ReadDir(origin)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]int{}
	for _, f := range files {
		kind := strings.Trim(filepath.Ext(f.Name())+strings.SplitN(f.Name(), "-", 2)[0], "0123456789.")
		text, err := os.ReadFile(filepath.Join(origin, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(5, uint64(len(text))))
		for range min(len(text), flips()) {
			at := rng.IntN(len(text))
			if strings.HasSuffix(f.Name(), ".log") && at >= acknowledgedIn(text) {
				continue
			}
			text[at] ^= 1 << rng.IntN(8)
			if flipped(t, origin, f.Name(), text, want) {
				named[kind]++
			}
			copy(text, mustRead(t, filepath.Join(origin, f.Name())))
		}
	}
	t.Logf("damage that was named: %v", named)
}

// TestFlippedBitBeforeLaterWrites flips a bit of the log in a write that filled several
// blocks, behind which others were acknowledged: the folder is not opened as if it
// ended there.
func TestFlippedBitBeforeLaterWrites(t *testing.T) {
	live, killed := t.TempDir(), t.TempDir()
	s := mustOpen(t, Config{Dir: live, still: true})
	putWide(t, s)
	for i := range 20 {
		put(t, s, cpu("later"), int64(i), int64(i), 1)
	}
	copyDir(t, live, killed)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	logs, err := filepath.Glob(filepath.Join(killed, "*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("logs %v, %v, want some", logs, err)
	}
	last := logs[len(logs)-1]
	text := mustRead(t, last)
	if len(text) < 3*logBlock {
		t.Fatalf("the log has %d bytes, want several blocks", len(text))
	}
	for _, at := range []int{100, logBlock + 100, 2*logBlock + 100} {
		text[at] ^= 1
		if err := os.WriteFile(last, text, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := Open(Config{Dir: killed, still: true})
		if err == nil {
			err = s.Close()
		}
		if !errors.Is(err, points.ErrCorrupt) {
			t.Fatalf("a bit flipped at %d of %d bytes: got %v, want %v", at, len(text), err, points.ErrCorrupt)
		}
		text[at] ^= 1
	}
}

// flipped tells whether the damage of a folder with one file changed is named.
// Where it is not, the folder has to answer what it did.
func flipped(t *testing.T, origin, name string, text []byte, want string) bool {
	t.Helper()
	dir := t.TempDir()
	defer os.RemoveAll(dir)
	copyDir(t, origin, dir)
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
		t.Fatal(err)
	}
	before := listing(t, dir)
	var found []Damage
	_, err := CheckFolder(t.Context(), Config{Dir: dir, Cache: 1 << 20}, Checks{Damaged: func(d Damage) { found = append(found, d) }})
	if after := listing(t, dir); after != before {
		t.Errorf("%s: the check has changed the folder from\n%s to\n%s", name, before, after)
	}
	if err != nil || len(found) != 0 {
		return true
	}
	s, err := Open(Config{Dir: dir, Cache: 1 << 20, still: true})
	if err != nil {
		return true
	}
	got, err := everything(t, s)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Errorf("%s: the check found nothing, and reading tells of %v", name, err)
	}
	if got != want {
		t.Errorf("%s: the check found nothing, and the folder answers something else (%d bytes instead of %d)", name, len(got), len(want))
	}
	return false
}

// flips is how many bits are flipped in each file: some, or as many as the
// environment says.
func flips() int {
	if n, err := strconv.Atoi(os.Getenv("AION_FLIPS")); err == nil {
		return n
	}
	return 13
}

// acknowledgedIn is up to where a log proves of itself that it was on the disk: up to
// where one of its chunks says so, and up to where enough chunks behind say more and
// more. What lies behind may have been cut off by the crash as well: no reader of the
// file can tell.
func acknowledgedIn(text []byte) (to int) {
	last := make([]int, 3) // of the chunks that say the same where the last stands; in the end that of those that say the most
	said := uint64(0)
	for at := 0; at < len(text); {
		synced, size := saidBy(text[at:min(len(text), at/logBlock*logBlock+logBlock)])
		if size == 0 {
			at = (at/logBlock + 1) * logBlock
			continue
		}
		if synced > said {
			last = append(last[1:], last[len(last)-1])
		}
		to, said, last[len(last)-1] = max(to, int(synced)), synced, at
		at += size
	}
	return max(to, last[0])
}

// logBlock is the size of a log's blocks, into the next of which no chunk reaches.
const logBlock = 32 << 10

// saidBy is up to where the chunk that a rest of a block begins with says that its log
// was synced, and the chunk's size: 0 where there is none.
func saidBy(b []byte) (synced uint64, size int) {
	if len(b) < 19 || b[6] < 9 || b[6] > 12 {
		return 0, 0
	}
	return binary.LittleEndian.Uint64(b[11:]), 19 + int(binary.LittleEndian.Uint16(b[4:]))
}

// listing tells of every file of a folder but the lock: name, size, time.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil && f.Name() != "LOCK" {
			fmt.Fprintln(&out, f.Name(), info.Size(), info.ModTime())
		}
	}
	return out.String()
}

// mustRead is a file's content.
func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// contents opens a folder, answers all that is in it, and closes it.
func contents(t *testing.T, dir string) string {
	t.Helper()
	s := mustOpen(t, Config{Dir: dir, still: true})
	text, err := everything(t, s)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return text
}

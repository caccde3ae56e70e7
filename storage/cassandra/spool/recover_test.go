package spool

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// copied is a copy of the files of a folder.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	for _, path := range files(t, dir, "*") {
		if err := os.WriteFile(filepath.Join(to, filepath.Base(path)), content(t, path), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// filled is a folder in which n batches wait: m i=i.
func filled(t *testing.T, n int, segment int64) string {
	t.Helper()
	dir := t.TempDir()
	g := newTarget(nil)
	g.set(errAway)
	s := reopened(t, Config{Dir: dir, Target: g, Segment: segment})
	for i := range int64(n) {
		write(t, s, put("m", i, i))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// delivers opens a folder and tells what it delivers, and the state afterwards.
func delivers(t *testing.T, dir string) (batches []string, after State) {
	t.Helper()
	g := newTarget(nil)
	s := reopened(t, Config{Dir: dir, Target: g})
	drained(t, s)
	after = s.Waiting()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, d := range g.got() {
		batches = append(batches, strings.TrimPrefix(d.batch, "m{host=a} kairos_long "))
	}
	return batches, after
}

// numbered are the batches that filled makes, without some.
func numbered(n int, without ...int) (all []string) {
	for i := range n {
		if !slices.Contains(without, i) {
			all = append(all, fmt.Sprintf("%d=%d", i, i))
		}
	}
	return all
}

// TestReopen: what waits is counted and delivered by the next process, over many
// segments, with the write times that it had.
func TestReopen(t *testing.T) {
	dir := filled(t, 20, 200)
	if n := len(files(t, dir, "*.spool")); n < 5 {
		t.Fatalf("%d segments, want more", n)
	}
	g := newTarget(nil)
	g.set(errAway)
	s := reopened(t, Config{Dir: dir, Target: g})
	before := s.Waiting()
	if before.Points != 20 || before.Batches != 20 || before.Oldest == 0 || before.Bytes == 0 || before.Spooled != 0 {
		t.Errorf("opened, the spool holds %+v", before)
	}
	write(t, s, put("m", 20, 20))
	g.set(nil)
	drained(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got := g.got()
	for i, d := range got {
		if want := fmt.Sprintf("m{host=a} kairos_long %d=%d", i, i); d.batch != want || i > 0 && d.at <= got[i-1].at {
			t.Errorf("delivery %d is %s at %d, want %s, later than the one before", i, d.batch, d.at, want)
		}
	}
	if len(got) != 21 || got[0].at != before.Oldest {
		t.Errorf("%d deliveries, the first of %d; want 21, of %d", len(got), got[0].at, before.Oldest)
	}
	if again, _ := delivers(t, dir); len(again) != 0 {
		t.Errorf("opened once more, the spool delivers %v", again)
	}
}

// TestAgain: what is delivered twice has the same write time both times.
func TestAgain(t *testing.T) {
	dir := filled(t, 4, 0)
	var all [2][]delivery
	for i, d := range []string{copied(t, dir), dir} {
		g := newTarget(nil)
		s := reopened(t, Config{Dir: d, Target: g})
		drained(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(g.deliveries, func(a, b delivery) int { return cmp.Compare(a.at, b.at) })
		all[i] = g.deliveries
	}
	if !slices.Equal(all[0], all[1]) || len(all[0]) != 4 {
		t.Errorf("first %v, then %v", all[0], all[1])
	}
}

// TestLocked: a folder is open once.
func TestLocked(t *testing.T) {
	dir := t.TempDir()
	opened(t, Config{Dir: dir, Target: newTarget(nil)})
	_, err := Open(Config{Dir: dir, Target: newTarget(nil)})
	if want := fmt.Sprintf("open the spool: the folder %s is in use by another process", dir); err == nil || err.Error() != want {
		t.Errorf("opened twice: %v, want %s", err, want)
	}
}

// TestConfig: a spool needs a folder that it can write and a target.
func TestConfig(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []Config{{}, {Dir: t.TempDir()}, {Target: newTarget(nil)}, {Dir: plain, Target: newTarget(nil)}} {
		if s, err := Open(c); err == nil || s != nil {
			t.Errorf("Open(%+v) gives %v, %v, want an error", c, s, err)
		}
	}
}

// TestTorn: wherever the last record breaks off, it is cut off, those before it
// are delivered, and the spool goes on.
func TestTorn(t *testing.T) {
	dir := filled(t, 3, 0)
	name := filepath.Base(files(t, dir, "*.spool")[0])
	data := content(t, filepath.Join(dir, name))
	end := len(data) - len(data)/3
	for n := end; n <= len(data); n++ {
		broken := copied(t, dir)
		if err := os.Truncate(filepath.Join(broken, name), int64(n)); err != nil {
			t.Fatal(err)
		}
		want := numbered(3)
		if n < len(data) {
			want = want[:2]
		}
		if got, after := delivers(t, broken); !slices.Equal(got, want) || after.Damaged != 0 {
			t.Fatalf("cut at %d of %d, the spool delivers %v with %d damaged, want %v with 0", n, len(data), got, after.Damaged, want)
		}
	}
}

// TestDamage: a damaged record is moved aside and counted, and holds up nobody.
func TestDamage(t *testing.T) {
	dir := filled(t, 5, 0)
	name := filepath.Base(files(t, dir, "*.spool")[0])
	data := content(t, filepath.Join(dir, name))
	size := len(data) / 5
	for i := range 5 {
		for _, at := range []int{0, 5, headSize + 3, size - 1} {
			broken := copied(t, dir)
			d := slices.Clone(data)
			d[i*size+at] ^= 0x40
			if err := os.WriteFile(filepath.Join(broken, name), d, 0o644); err != nil {
				t.Fatal(err)
			}
			got, after := delivers(t, broken)
			aside := files(t, broken, "damaged-*")
			if want := numbered(5, i); !slices.Equal(got, want) || after.Damaged != 1 || len(aside) != 1 {
				t.Fatalf("with byte %d of record %d wrong, the spool delivers %v with %d damaged in %v, want %v with 1", at, i, got, after.Damaged, aside, want)
			}
			if got, want := content(t, aside[0]), d[i*size:(i+1)*size]; !slices.Equal(got, want) {
				t.Errorf("%s has % x, want % x", aside[0], got, want)
			}
		}
	}
}

// TestDamagedPosition: without a position all that is still there is delivered
// again; with one damaged place the other one counts.
func TestDamagedPosition(t *testing.T) {
	dir := filled(t, 3, 0)
	path := filepath.Join(dir, "position")
	whole := content(t, path)
	tests := []struct {
		name    string
		damage  []int // bytes that are wrong
		damaged int64
	}{
		{"neither", nil, 0},
		{"the first", []int{9}, 0},
		{"the second", []int{markPlace + 9}, 0},
		{"both", []int{9, markPlace + 9}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			broken := copied(t, dir)
			d := slices.Clone(whole)
			for _, at := range tt.damage {
				d[at] ^= 1
			}
			if err := os.WriteFile(filepath.Join(broken, "position"), d, 0o644); err != nil {
				t.Fatal(err)
			}
			if got, after := delivers(t, broken); !slices.Equal(got, numbered(3)) || after.Damaged != tt.damaged {
				t.Errorf("the spool delivers %v with %d damaged, want %v with %d", got, after.Damaged, numbered(3), tt.damaged)
			}
		})
	}
}

// TestMissing: a segment that has gone is reported.
func TestMissing(t *testing.T) {
	dir := filled(t, 6, 100)
	all := files(t, dir, "*.spool")
	if err := os.Remove(all[2]); err != nil {
		t.Fatal(err)
	}
	if got, after := delivers(t, dir); len(got) != 6-6/len(all) || after.Damaged != 1 {
		t.Errorf("the spool delivers %v with %d damaged, want all but one segment with 1", got, after.Damaged)
	}
}

// TestNewer: a folder of a later release is refused, and stays as it is.
func TestNewer(t *testing.T) {
	dir := filled(t, 1, 0)
	path := files(t, dir, "*.spool")[0]
	payload := payloadOf(t, content(t, path))
	payload[0] = version + 1
	newer := append(make([]byte, headSize), payload...)
	putHead(newer)
	if err := os.WriteFile(path, newer, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: dir, Target: newTarget(nil)}); err == nil || !strings.Contains(err.Error(), versionError(2).Error()) {
		t.Errorf("Open gives %v, want %v", err, versionError(2))
	}
	if !slices.Equal(content(t, path), newer) {
		t.Error("the segment was changed")
	}
}

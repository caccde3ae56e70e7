package spool

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// TestPoison: what the target refuses is written down with its reason, alone;
// all else of its record arrives, and of one time the last word.
func TestPoison(t *testing.T) {
	dir := t.TempDir()
	g := newTarget(nil)
	g.set(errAway)
	g.refuses(func(c *storage.Change) bool {
		return slices.Contains(c.Points.Ints, 13) || slices.Contains(c.Points.Texts, "bad") || slices.Contains(c.Remove, 99)
	})
	s := opened(t, Config{Dir: dir, Target: g})
	b := put("a", 1, 1, 2, 2)
	b.Put(long("b"), longs(1, 1, 2, 13, 3, 13, 4, 4, 5, 13), 5*time.Hour)
	b.Put(long("b"), longs(5, 5, 6, 6), 0)
	b.Remove(long("b"), 4, 99)
	texts := points.Block{Kind: points.Text}
	texts.AppendText(1, "good")
	texts.AppendText(2, "bad")
	b.Put(points.Key{Metric: "t", Type: points.TypeText}, texts, 0)
	write(t, s, b)
	write(t, s, put("a", 3, 3))
	at := s.Waiting().Oldest
	g.set(nil)
	drained(t, s)
	want := []string{
		"a{host=a} kairos_long 1=1 2=2 3=3", "b{host=a} kairos_long 1=1 5=5 6=6", "t{} kairos_string 1=good",
	}
	if got := g.holds(t); !slices.Equal(got, want) {
		t.Errorf("the target holds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if w := s.Waiting(); w.Poisoned != 4 || w.Delivered != 12-3 {
		t.Errorf("the spool has done %+v, want 9 delivered and 4 poisoned", w)
	}
	lines := fmt.Sprintf(`{"metric":"b","tags":{"host":"a"},"type":"kairos_long","ttl_ms":18000000,"written_at":%[1]d,"points":[[2,13],[3,13]],"reason":"write change 0: it is poison"}
{"metric":"b","tags":{"host":"a"},"type":"kairos_long","written_at":%[1]d,"remove":[99],"reason":"write change 0: it is poison"}
{"metric":"t","tags":{},"type":"kairos_string","written_at":%[1]d,"points":[[2,"bad"]],"reason":"write change 0: it is poison"}
`, at)
	if got := string(content(t, filepath.Join(dir, refusedName))); got != lines {
		t.Errorf("refused:\n%swant\n%s", got, lines)
	}
	for _, d := range g.got() {
		if d.at != at && d.batch != "a{host=a} kairos_long 3=3" {
			t.Errorf("%s has the write time %d, want %d", d.batch, d.at, at)
		}
	}
}

// TestPoisonWithoutNumber: a refused value that JSON has no number for does not
// hold up what waits behind it.
func TestPoisonWithoutNumber(t *testing.T) {
	dir := t.TempDir()
	g := newTarget(nil)
	g.set(errAway)
	g.refuses(func(c *storage.Change) bool { return c.Key.Type == points.TypeDouble })
	s := opened(t, Config{Dir: dir, Target: g})
	var b storage.Batch
	var block points.Block
	block.AppendFloat(1, math.NaN())
	block.AppendFloat(2, math.Inf(1))
	block.AppendFloat(3, math.Inf(-1))
	block.AppendFloat(4, 0.5)
	b.Put(points.Key{Metric: "m", Type: points.TypeDouble}, block, 0)
	write(t, s, &b)
	write(t, s, put("a", 1, 1))
	at := s.Waiting().Oldest
	g.set(nil)
	drained(t, s)
	want := fmt.Sprintf(`{"metric":"m","tags":{},"type":"kairos_double","written_at":%d,"points":[[1,"NaN"],[2,"+Inf"],[3,"-Inf"],[4,0.5]],"reason":"write change 0: it is poison"}
`, at)
	if got := string(content(t, filepath.Join(dir, refusedName))); got != want {
		t.Errorf("refused:\n%swant\n%s", got, want)
	}
}

// TestPoisonWhileAway: a record that is being taken apart waits where it is when
// the target goes away.
func TestPoisonWhileAway(t *testing.T) {
	g := newTarget(nil)
	g.set(errAway)
	once := true
	g.refuses(func(c *storage.Change) bool {
		if slices.Contains(c.Points.Ints, 13) && c.Points.Len() == 2 && once {
			g.away, once = errAway, false // the lock is held
		}
		return slices.Contains(c.Points.Ints, 13)
	})
	s := opened(t, Config{Dir: t.TempDir(), Target: g})
	write(t, s, put("m", 1, 1, 2, 2, 3, 13, 4, 4))
	g.set(nil)
	eventually(t, "the target goes away", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return !once
	})
	g.set(nil)
	drained(t, s)
	if got, want := g.holds(t), []string{"m{host=a} kairos_long 1=1 2=2 4=4"}; !slices.Equal(got, want) {
		t.Errorf("the target holds %v, want %v", got, want)
	}
	if w := s.Waiting(); w.Poisoned != 1 || w.Delivered != 3 {
		t.Errorf("the spool has done %+v, want 3 delivered and 1 poisoned", w)
	}
}

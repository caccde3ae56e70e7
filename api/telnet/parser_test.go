package telnet

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"aion/api/stream"
	"aion/storage"
	"aion/storage/ingest"
	"aion/storage/memory"
	"aion/storage/points"
)

// taken is what a parser makes of lines: the points as text, and the reasons of
// what it refuses.
func taken(t *testing.T, lines ...string) (stored, refused []string) {
	t.Helper()
	store := memory.New(memory.Config{})
	w := ingest.New(store, ingest.Config{})
	p := newParser(w, "KairosDB 1")
	for _, line := range lines {
		if err := p.line([]byte(line), &stream.Peer{}); err != nil {
			refused = append(refused, err.Error())
		}
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return list(t, store), refused
}

// list is what a store holds, a line a point.
func list(t *testing.T, store storage.Reader) []string {
	t.Helper()
	var all []string
	for s, err := range store.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		c := s.Points(points.Range{From: -1 << 63, To: 1<<63 - 1}, points.Asc)
		for b := (points.Block{}); c.Next(t.Context(), &b) == nil; {
			for i, at := range b.Times {
				all = append(all, fmt.Sprintf("%s %d %s", s.Key(), at, value(&b, i)))
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(all)
	return all
}

// value is the value of a point as text.
func value(b *points.Block, i int) string {
	switch {
	case b.Kind == points.Text:
		return fmt.Sprintf("%q", b.Texts[i])
	case b.Int(i):
		return fmt.Sprint(b.Ints[i])
	}
	return fmt.Sprint(b.Floats[i])
}

// TestTaken stores what a real KairosDB 1.3.0 stored, and what only we do.
func TestTaken(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"put a 1 2", "a{add=tag} kairos_long 1000 2"},
		{"put a 2999999999 1 h=1", "a{h=1} kairos_long 2999999999000 1"},
		{"put a 3000000000 1 h=1", "a{h=1} kairos_long 3000000000 1"},
		{"put a -5 1 h=1", "a{h=1} kairos_long -5000 1"},
		{"putm a 1700000000 5.25 host=A dc=x", "a{dc=x,host=A} kairos_double 1700000000 5.25"},
		{"puts a 1700000000 hello h=1", `a{h=1} kairos_string 1700000000 "hello"`},
		{`puts "a b" 1700000000 "x y" "h x=1 2"`, `a b{h x=1 2} kairos_string 1700000000 "x y"`},
		{`puts a 1 ""`, `a{add=tag} kairos_string 1 ""`},
		{"put a 1 5.5d h=1", "a{h=1} kairos_double 1000 5.5"},
		{"put a 1 1e-05 h=1", "a{h=1} kairos_double 1000 1e-05"},
		{"put a 1 1 a=b=c", "a{a=b} kairos_long 1000 1"},
		{"put a 1 1 a=b=", "a{a=b} kairos_long 1000 1"},
		{"put a 1 1 h=1 kairos_opt.bogus=1", "a{h=1,kairos_opt.bogus=1} kairos_long 1000 1"},
		{"put a 1 1 kairos_opt.ttl=60", "a{add=tag} kairos_long 1000 1"},
		{"put a 1 1 h=1 kairos_opt.ttl=-5", "a{h=1} kairos_long 1000 1"},
		{"put a 1 1 h=1 kairos_opt.ttl=+5 kairos_opt.ttl=6", "a{h=1} kairos_long 1000 1"},
		{"  put\ta\x001\x0b1  h=1 \r", "a{h=1} kairos_long 1000 1"},
		{"put m.\xc3\xa9 1 1 h=\xfc", "m.é{h=ü} kairos_long 1000 1"},
		{`"put" x: 1 1 h:x=1`, "x:{h:x=1} kairos_long 1000 1"},
		{"version x y", ""},
	} {
		stored, refused := taken(t, c.line)
		if got := strings.Join(append(stored, refused...), " | "); got != c.want {
			t.Errorf("%q:\ngot  %s\nwant %s", c.line, got, c.want)
		}
	}
}

// TestRefused refuses with the reasons that a real KairosDB 1.3.0 logged, where
// that refuses, too.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"", "Unknown command: ''"},
		{"bogus 1 2 3", "Unknown command: 'bogus'"},
		{"PUT a 1 1 h=1", "Unknown command: 'PUT'"},
		{"put", "Index 2 out of bounds for length 1"},
		{"put a", "Index 2 out of bounds for length 2"},
		{"put a 1", "Index 3 out of bounds for length 3"},
		{`put "" x y h`, "Malformed:  x"},
		{`put "" 1`, "metricName may not be empty."},
		{`put "" 1 y h`, "metricName may not be empty."},
		{"put a +1700000000 1 h=1", "Malformed:  +1700000000"},
		{"put a 1700000000.5 1 h=1", "Malformed:  1700000000.5"},
		{"put a 99999999999999999999 1 h=1", "Over/underflow:  99999999999999999999"},
		{"put a -9223372036854775807 1 h=1", "Over/underflow:  -9223372036854775807"},
		{"put a 1 NaN h=1", "Malformed:  NaN"},
		{"put a 1 1.0e999 h=1", "NaN and infinity are not stored"},
		{"put a 1 x.y h", `For input string: "x.y"`},
		{"put a 1 1 h", "tag[0] must be in the format 'name=value'."},
		{"put a 1 1 h=", "tag[0] must be in the format 'name=value'."},
		{"put a 1 1 =", "tag[0] must be in the format 'name=value'."},
		{`put a 1 1 h=1 ""`, "tag[1] must be in the format 'name=value'."},
		{"put a 1 1 =b", "tag[0].name may not be empty."},
		{"put a 1 1 a==b", "tag[0].value may not be empty."},
		{"put a 1 1 a=1 a=2", "Multiple entries with same key: a=1 and a=2"},
		{"put a 1 1 b=1 a=2 b=3 a=4", "Multiple entries with same key: a=2 and a=4"},
		{"put a 1 1 kairos_opt.ttl=5 h", "tag[0] must be in the format 'name=value'."},
		{"put a 1 1 h=1 kairos_opt.ttl=abc", "tag[kairos_opt.ttl] must be a number"},
		{"put a 1 1 h=1 kairos_opt.ttl=99999999999", "tag[kairos_opt.ttl] must be a number"},
		{`put a 1 1 kairos_opt.ttl="6"`, "tag[kairos_opt.ttl] must be a number"},
		{"put a 1 1 kairos_opt.ttl==6", "tag[0].value may not be empty."},
	} {
		stored, refused := taken(t, c.line)
		if got := strings.Join(append(stored, refused...), " | "); got != c.want {
			t.Errorf("%q:\ngot  %s\nwant %s", c.line, got, c.want)
		}
	}
}

// TestSameNames tells metrics and tags apart whose bytes are the same when they
// stand together.
func TestSameNames(t *testing.T) {
	stored, _ := taken(t, "put a 1 1 b=c", `put "a b=c" 1 2 d=e`, `put "a b=c d=e" 1 3`, "put a 1 4  b=c", "put a 2 5.5 b=c")
	want := "a b=c d=e{add=tag} kairos_long 1000 3\na b=c{d=e} kairos_long 1000 2\na{b=c} kairos_double 2000 5.5\na{b=c} kairos_long 1000 4"
	if got := strings.Join(stored, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestForgotten goes on when the writer, or the parser, lets go of its series.
func TestForgotten(t *testing.T) {
	store := memory.New(memory.Config{})
	w := ingest.New(store, ingest.Config{MaxSeries: 3})
	p := newParser(w, "")
	for i := range 50 {
		p.size += maxNames / 20
		p.Take(fmt.Appendf(nil, "putm m %d %d h=%d", i, i, i%7), &stream.Peer{})
		if i%10 == 9 {
			if err := w.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := len(list(t, store)); got != 50 {
		t.Errorf("got %d points, want 50", got)
	}
}

// TestNoAllocations: a series that is known costs no allocation a point.
func TestNoAllocations(t *testing.T) {
	w := ingest.New(memory.New(memory.Config{}), ingest.Config{})
	p, peer := newParser(w, ""), &stream.Peer{}
	line, double := []byte("put some.metric 1700000000 42 host=a dc=x\r"), []byte("put some.metric 1700000000 42.5 host=a")
	got := testing.AllocsPerRun(10_000, func() {
		p.Take(line, peer)
		p.Take(double, peer)
	})
	if got > 0.01 {
		t.Errorf("got %v allocations, want none", got)
	}
}

// FuzzLine: every line is taken or refused with a reason, and what is taken can
// be stored.
func FuzzLine(f *testing.F) {
	for _, line := range []string{
		"put a 1 2 h=1", "putm a 1 2.5 h=1 kairos_opt.ttl=5", `puts "a" 1 "x y" a=b=c`, "version", "put a 1 1 \xff=\xfe", "put a 1 1 a=1 a=2",
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		store := storage.Checked(memory.New(memory.Config{}))
		w := ingest.New(store, ingest.Config{})
		p := newParser(w, "")
		for range 2 {
			err := p.line(line, &stream.Peer{})
			if err != nil && err.Error() == "" {
				t.Errorf("%q is refused without a reason", line)
			}
		}
		if err := w.Flush(t.Context()); err != nil {
			t.Errorf("%q: %v", line, err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
}

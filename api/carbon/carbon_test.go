package carbon

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"aion/api/stream"
	"aion/storage"
	"aion/storage/ingest"
	"aion/storage/memory"
	"aion/storage/points"
)

// TestMain looks for goroutines that are left.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// byDefault is the plugin's naming as it comes.
func byDefault(t testing.TB) Naming {
	t.Helper()
	n, err := ByHost(DefaultHostPatterns())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// conversation sends a text to a server until that ends the connection, and
// answers the stored points and the server's figures.
func conversation(t *testing.T, server func(Config) *stream.Server, naming Naming, parts ...string) (string, stream.Figures) {
	t.Helper()
	store := storage.Checked(memory.New(memory.Config{}))
	s := server(Config{Store: store, Naming: naming, MaxPickle: 1 << 16})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, listener) }()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if _, err := io.WriteString(conn, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(conn); len(answer) != 0 || err != nil {
		t.Errorf("got %q and %v, want the end", answer, err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	return list(t, store), s.Figures()
}

// list is what a store holds, a line a point.
func list(t *testing.T, store storage.Reader) string {
	t.Helper()
	var all []string
	for s, err := range store.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		c := s.Points(points.Range{From: -1 << 63, To: 1<<63 - 1}, points.Asc)
		for b := (points.Block{}); c.Next(t.Context(), &b) == nil; {
			for i, at := range b.Times {
				all = append(all, fmt.Sprintf("%s %d %v", s.Key(), at, b.Floats[i]))
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// TestLines sends lines, good and bad.
func TestLines(t *testing.T) {
	got, figures := conversation(t, Lines, byDefault(t),
		"servers.web1.cpu.load 0.5 1700000000\r\nservers.web1.cpu.load 7 17000", "00001\nnohost 1 1\n",
		"servers.web2.n nan 1700000000\nservers.web2.n -Infinity 1700000000\nservers.web2.n x 1700000000\nservers.web2.n 1\n\n",
		"servers.web2.n +5 1700000000.9\nservers.web2.n 1e-3 1700000002\nservers.web2.n 5 99999999999999999\nservers.web2.n 5 17")
	want := `servers.cpu.load{host=web1,type=graphite} kairos_double 1700000000000 0.5
servers.cpu.load{host=web1,type=graphite} kairos_long 1700000001000 7
servers.n{host=web2,type=graphite} kairos_double 1700000002000 0.001
servers.n{host=web2,type=graphite} kairos_long 1700000000000 5`
	if got != want || figures.Refused != 7 || figures.Points != 4 {
		t.Errorf("got %+v and\n%s\nwant 7 refused and\n%s", figures, got, want)
	}
}

// TestPickles sends one list in all of Python's protocols, a pickle that is
// broken and one that is too long.
func TestPickles(t *testing.T) {
	want := `servers.cpu.load{host=web1,type=graphite} kairos_double 1700000000000 0.5
servers.cpu.load{host=web2,type=graphite} kairos_long 1700000000000 7
servers.n{host=web4,type=graphite} kairos_double 1700000000000 5.5
servers.n{host=web6,type=graphite} kairos_long 1700000000000 -3
servers.n{host=é,type=graphite} kairos_long 1700000000000 1e+12`
	broken := framed("\x80\x02]q\x00(garbage") + framed("N.") + framed("") + framed(strings.Repeat("x", 1<<17))
	for protocol, text := range pickled() {
		sent := broken + framed(text)
		got, figures := conversation(t, Pickles, byDefault(t), sent[:70_000], sent[70_000:], "\x00\x00")
		if got != want || figures.Refused != 9 || figures.Points != 5 {
			t.Errorf("protocol %d: got %+v and\n%s\nwant 9 refused and\n%s", protocol, figures, got, want)
		}
	}
}

// framed is a message behind its length.
func framed(text string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(text)))) + text
}

// TestNaming names paths as the plugin does.
func TestNaming(t *testing.T) {
	own, err := ByHost(HostPatterns{Host: `.*_([a-z0-9]+)`, HostReplacement: `$1x`, Metric: `(.*)_.*`, MetricReplacement: `\$$1`})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		naming     Naming
		path, want string
	}{
		{byDefault(t), "servers.web1.cpu.load", "servers.cpu.load{host=web1,type=graphite}"},
		{byDefault(t), "a.b.c", "a.c{host=b,type=graphite}"},
		{byDefault(t), "a.b", errNoMatch.Error()},
		{byDefault(t), "a..c", "Metric a..c has an empty name, tag or value"},
		{own, "cpu_h1", "$cpu{host=h1x,type=graphite}"},
		{ByTags(), "cpu;host=a;dc=x", "cpu{dc=x,host=a}"},
		{ByTags(), "cpu", "unparseable metric cpu - ignoring metric"},
		{ByTags(), "cpu;host", "Chunk [host] is not a valid entry"},
		{ByTags(), "cpu;a=b=c", "Chunk [a=b=c] is not a valid entry"},
		{ByTags(), "cpu;a=1;a=2", "Duplicate key [a] found."},
		{ByTags(), ";a=1", "Metric ;a=1 has an empty name, tag or value"},
		{ByTags(), "cpu;a=", "Metric cpu;a= has an empty name, tag or value"},
	} {
		metric, tags, err := c.naming.Name(c.path)
		got := metric + "{" + tags.String() + "}"
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.path, got, c.want)
		}
	}
	for _, p := range []HostPatterns{{Host: "("}, {Metric: "("}} {
		if _, err := ByHost(p); err == nil {
			t.Errorf("%+v: got no error, want one", p)
		}
	}
}

// FuzzPickle: any bytes are taken or refused, and what is taken can be stored.
func FuzzPickle(f *testing.F) {
	for _, text := range pickled() {
		f.Add([]byte(text))
	}
	f.Add([]byte("cos\nsystem\n(S'true'\ntR."))
	naming := ByTags()
	f.Fuzz(func(t *testing.T, text []byte) {
		store := storage.Checked(memory.New(memory.Config{}))
		w := ingest.New(store, ingest.Config{})
		(&pickles{newNames(w, naming)}).Take(text, &stream.Peer{})
		(&lines{newNames(w, naming)}).Take(text, &stream.Peer{})
		if err := w.Flush(t.Context()); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
}

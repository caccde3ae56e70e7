package stream

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestRefusalsAreLoggedAtABoundedRate refuses much at once, then little.
func TestRefusalsAreLoggedAtABoundedRate(t *testing.T) {
	var log bytes.Buffer
	now := time.Unix(1000, 0)
	r := &refusals{name: "telnet", log: slog.New(slog.NewTextHandler(&log, nil)), now: func() time.Time { return now }}
	records := func(n int) int {
		log.Reset()
		for range n {
			r.add(&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 5}, []byte("put "+strings.Repeat("é", 300)), errors.New("Malformed:  x"))
		}
		return strings.Count(log.String(), "msg=refused")
	}
	for _, c := range []struct {
		later   time.Duration
		n, want int
	}{{0, 1000, 10}, {999 * time.Millisecond, 5, 0}, {time.Millisecond, 5, 1}, {3 * time.Second, 9, 3}, {time.Hour, 50, 10}, {time.Second, 1, 1}} {
		now = now.Add(c.later)
		if got := records(c.n); got != c.want {
			t.Errorf("%d refusals %v later: got %d records, want %d", c.n, c.later, got, c.want)
		}
	}
	got := log.String()
	for _, want := range []string{`reason="Malformed:  x"`, "client=10.0.0.1:5", "not_logged=40"} {
		if !strings.Contains(got, want) {
			t.Errorf("the record lacks %s: %s", want, got)
		}
	}
	if r.count.Load() != 1070 || len(got) > 1200 {
		t.Errorf("got %d refusals and a record of %d bytes, want 1070 and a short one", r.count.Load(), len(got))
	}
	records(20)
	log.Reset()
	if r.tell(); !strings.Contains(log.String(), "not_logged=20") {
		t.Errorf("got the last record %q, want the 20 that were not logged", log.String())
	}
}

// TestTrusts: loopback and the networks that are named are trusted, and
// everybody where none is.
func TestTrusts(t *testing.T) {
	networks := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		networks []netip.Prefix
		from     string
		want     bool
	}{
		{nil, "192.0.2.1", true}, {networks, "10.1.2.3", true}, {networks, "10.2.2.3", false}, {networks, "::ffff:10.1.2.3", true},
		{networks, "fd01::1", true}, {networks, "2001:db8::1", false}, {networks, "127.0.0.1", true}, {networks, "::1", true},
	} {
		s := New(Config{Trusted: c.networks})
		if got := s.trusts(&net.TCPAddr{IP: net.ParseIP(c.from)}); got != c.want {
			t.Errorf("%v trusts %s: got %v, want %v", c.networks, c.from, got, c.want)
		}
	}
}

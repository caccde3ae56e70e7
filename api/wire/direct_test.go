package wire_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aion/api/wire"
)

// passed counts the connections that go to package http.
type passed struct {
	*wire.Direct
	count atomic.Int64
}

// Accept waits for a connection.
func (p *passed) Accept() (net.Conn, error) {
	c, err := p.Direct.Accept()
	if err == nil {
		p.count.Add(1)
	}
	return c, err
}

// direct serves h until the test ends; the address and the listener.
func direct(t testing.TB, h http.Handler) (string, *passed) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c := directTo(t, h)
	c.Context = func(net.Conn) context.Context { return ctx }
	p := &passed{Direct: wire.NewDirect(l, c)}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ErrorLog: c.Log, ConnContext: wire.Connected}
	served := make(chan error, 1)
	go func() { served <- server.Serve(p) }()
	t.Cleanup(func() {
		cancel()
		server.Close()
		p.End()
		<-served
	})
	return l.Addr().String(), p
}

// directTo is what a Direct before h is made of.
func directTo(t testing.TB, h http.Handler) wire.DirectConfig {
	return wire.DirectConfig{
		Handler: h, First: time.Minute, Idle: time.Minute, Log: log.New(io.Discard, "", 0),
		Context: func(net.Conn) context.Context { return t.Context() },
	}
}

// usual serves h by package http until the test ends.
func usual(t testing.TB, h http.Handler) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Close()
		<-served
	})
	return l.Addr().String()
}

// dates are what differs between two servers.
var dates = regexp.MustCompile(`Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT`)

// said is all that a server answers to a text that is sent in pieces, and ends there.
func said(t testing.TB, address string, pieces ...string) string {
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for _, piece := range pieces {
			if _, err := io.WriteString(c, piece); err != nil {
				return // the server has closed the connection
			}
		}
		_ = c.(*net.TCPConn).CloseWrite() // which fails where the server has closed it
	}()
	defer func() { <-sent }()
	all, err := io.ReadAll(c)
	if err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
		t.Fatal(err)
	}
	return dates.ReplaceAllString(string(all), "Date: now")
}

// TestDirectAnswersAsPackageHTTP: byte for byte, and answers by itself what is plain.
func TestDirectAnswersAsPackageHTTP(t *testing.T) {
	ours, p := direct(t, various())
	theirs := usual(t, various())
	for _, r := range requests {
		before := p.count.Load()
		got, want := said(t, ours, r.text, last), said(t, theirs, r.text, last)
		if got != want {
			t.Errorf("%.200q: got\n%.500s\nwant\n%.500s", r.text, got, want)
		}
		if got := p.count.Load() - before; got != 1 { // for the last one
			t.Errorf("%.200q: %d connections were passed on, want one", r.text, got)
		}
		if _, plain := wire.Measure([]byte(r.text)); plain != r.plain && r.text[:6] != "GET /%" && len(r.text) < 8_000 {
			t.Errorf("%.200q: got plain %v, want %v", r.text, plain, r.plain)
		}
	}
	for _, text := range ends {
		before := p.count.Load()
		if got, want := said(t, ours, text), said(t, theirs, text); got != want || p.count.Load() != before {
			t.Errorf("%q: got, %d passed on,\n%.500s\nwant\n%.500s", text, p.count.Load()-before, got, want)
		}
	}
}

// TestDirectKeepsPlainConnections: plain requests, one after the other, do not leave their
// connection, and those that come together are answered in their order.
func TestDirectKeepsPlainConnections(t *testing.T) {
	ours, p := direct(t, various())
	theirs := usual(t, various())
	c, err := net.Dial("tcp", ours)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answers, all := newLines(c), ""
	for range 3 {
		for _, r := range requests {
			method, _, _ := strings.Cut(r.text, " ")
			if !r.plain || strings.Contains(r.text, "/hints") {
				continue
			}
			all += r.text
			fmt.Fprint(c, r.text)
			res, err := http.ReadResponse(answers, &http.Request{Method: method})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				t.Fatal(err)
			}
		}
	}
	if p.count.Load() != 0 {
		t.Error("the connection was passed on")
	}
	if got, want := said(t, ours, all, last), said(t, theirs, all, last); got != want {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
}

// TestDirectRandom spoils requests, cuts them anywhere and sends several on a connection:
// what is answered is what package http answers.
func TestDirectRandom(t *testing.T) {
	ours, _ := direct(t, various())
	theirs := usual(t, various())
	random := rand.New(rand.NewPCG(1, 2))
	rounds := 1500
	if testing.Short() {
		rounds = 200
	}
	for range rounds {
		text := ""
		for range 1 + random.IntN(3) {
			text += requests[random.IntN(len(requests))].text
		}
		text = spoiled(random, text)
		text += last
		var pieces []string
		for rest := text; rest != ""; {
			n := len(rest)
			if random.IntN(2) == 0 {
				n = 1 + random.IntN(n)
			}
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		got, want := said(t, ours, pieces...), said(t, theirs, pieces...)
		if got != want && !(strings.HasPrefix(want, got) || strings.HasPrefix(got, want)) { // a reset takes the end away
			t.Fatalf("%q:\ngot  %.1500q\nwant %.1500q", pieces, got, want)
		}
	}
}

// spoiled is text with a byte changed, left out or put in, or as it is.
func spoiled(random *rand.Rand, text string) string {
	if random.IntN(3) == 0 {
		return text
	}
	i := random.IntN(min(len(text), 300))
	c := []byte("\r\n :\t,0a/%\x00\xff-+cC")[random.IntN(16)]
	switch random.IntN(3) {
	case 0:
		return text[:i] + string([]byte{c}) + text[i+1:]
	case 1:
		return text[:i] + text[i+1:]
	}
	return text[:i] + string([]byte{c}) + text[i:]
}

// TestMeasure: what is measured as plain ends for package http where it ends here, if it
// can be read at all.
func TestMeasure(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	taken := 0
	for range 100_000 {
		text := requests[random.IntN(len(requests))].text
		if len(text) > 8000 {
			continue
		}
		for range 1 + random.IntN(3) {
			text = spoiled(random, text)
		}
		size, plain := wire.Measure([]byte(text))
		if !plain || size > len(text) {
			continue
		}
		source := strings.NewReader(text)
		lines := newLines(source)
		r, err := http.ReadRequest(lines)
		if err != nil {
			continue
		}
		taken++
		_, err = io.Copy(io.Discard, r.Body)
		if left := source.Len() + lines.Buffered(); err != nil || left != len(text)-size || r.Close || r.Proto != "HTTP/1.1" || len(r.TransferEncoding) != 0 {
			t.Fatalf("%q: measured %d bytes of %d, package http leaves %d, %v %v", text, size, len(text), left, r, err)
		}
	}
	if taken < 10_000 {
		t.Errorf("only %d were plain", taken)
	}
}

// newLines reads what comes line by line.
func newLines(r io.Reader) *bufio.Reader { return bufio.NewReader(r) }

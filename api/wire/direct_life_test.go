package wire_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestDirectNoticesThatClientsLeave: the context of a request that takes long ends.
func TestDirectNoticesThatClientsLeave(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan error)
	address, p := direct(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		ended <- context.Cause(r.Context())
	}))
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
	<-begun
	c.Close()
	if err := <-ended; err != context.Canceled || p.count.Load() != 0 {
		t.Errorf("got %v with %d connections passed on, want %v and none", err, p.count.Load(), context.Canceled)
	}
}

// TestDirectLongRequests: what a client sends while a request takes long, and is watched,
// is answered behind it, and the connection stays.
func TestDirectLongRequests(t *testing.T) {
	release := make(chan struct{})
	address, p := direct(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			<-release
		}
		w.Header().Set("Content-Length", "1")
		fmt.Fprint(w, r.URL.RawQuery)
	}))
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answers := newLines(c)
	for i := range 3 {
		fmt.Fprintf(c, "GET /long?%d HTTP/1.1\r\nHost: a\r\n\r\n", i)
		time.Sleep(200 * time.Millisecond) // longer than it takes until the client is watched
		if i == 1 {
			fmt.Fprint(c, "GET /?x HTTP/1.1\r\nHost: a\r\n\r\nGET /?y HTTP/1.1\r\nHost: a\r\n\r\n")
		}
		release <- struct{}{}
		want := strconv.Itoa(i)
		if i == 1 {
			want += "xy"
		}
		for _, one := range want {
			res, err := http.ReadResponse(answers, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			if err != nil || string(body) != string(one) {
				t.Errorf("got %q, %v, want %q", body, err, string(one))
			}
		}
	}
	if p.count.Load() != 0 {
		t.Error("the connection was passed on")
	}
}

// TestDirectShutdown: connections that wait are closed, the answer under way says that it
// is the last one.
func TestDirectShutdown(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	address, p := direct(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			close(begun)
			<-release
		}
		w.Header().Set("Content-Length", "2")
		fmt.Fprint(w, "ok")
	}))
	waiting, busy := make(chan string, 1), make(chan string, 1)
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	if _, err := io.ReadFull(c, make([]byte, 20)); err != nil {
		t.Fatal(err)
	}
	go func() {
		rest, _ := io.ReadAll(c)
		waiting <- string(rest)
	}()
	go func() { busy <- said(t, address, "GET /long HTTP/1.1\r\nHost: a\r\n\r\n") }()
	<-begun
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Shutdown(over); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v from a shutdown without time, want %v", err, context.Canceled)
	}
	if got := <-waiting; !strings.HasSuffix(got, "\r\n\r\nok") {
		t.Errorf("got %q", got)
	}
	close(release)
	if err := p.Shutdown(t.Context()); err != nil {
		t.Errorf("got %v", err)
	}
	if got := <-busy; !strings.Contains(got, "\r\nConnection: close\r\n") || !strings.HasSuffix(got, "ok") {
		t.Errorf("got %q, want the last answer", got)
	}
}

// TestDirectPanics: a handler that panics costs its connection and nothing else.
func TestDirectPanics(t *testing.T) {
	address, _ := direct(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "9")
		panic(bytes.ErrTooLarge)
	}))
	if got := said(t, address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); got != "" {
		t.Errorf("got %q from a handler that panics, want nothing", got)
	}
	if got := said(t, address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); got != "" {
		t.Errorf("got %q from a handler that panics again, want nothing", got)
	}
}

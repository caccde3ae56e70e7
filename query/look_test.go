//go:build unix

package query

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
)

// TestLook: with one processor, who waits for the network is found by a look of who
// computes, and goes on when that one lets him.
func TestLook(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for range 10 { // the system may be busy, and have somebody wait too late
		if foundByLooks(t) {
			return
		}
	}
	t.Error("nobody was found by 100 looks, ten times")
}

// foundByLooks tells whether somebody who waits for a pipe that has something to read
// goes on while another looks.
func foundByLooks(t *testing.T) bool {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	begun, done := make(chan struct{}), make(chan error, 1)
	go func() {
		close(begun)
		_, err := in.Read(make([]byte, 1))
		done <- err
	}()
	<-begun
	runtime.Gosched() // he waits now
	if _, err := out.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	var l looker
	for range 100 {
		l.look()
		runtime.Gosched()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("got %v", err)
			}
			return true
		default:
		}
	}
	return false
}

// TestLooksAtOnce has several look at the same time.
func TestLooksAtOnce(t *testing.T) {
	var l looker
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for range 200 {
				l.look()
			}
		})
	}
	running.Wait()
}

// TestLookWithoutPipe: where there is no pipe to be had a look is a sleep.
func TestLookWithoutPipe(t *testing.T) {
	l := looker{tried: true}
	l.look()
}

// unwatched is a pipe that the system cannot wait for.
type unwatched struct{ syscall.RawConn }

// Read asks once, and cannot wait.
func (unwatched) Read(ask func(uintptr) bool) error {
	ask(0)
	return errors.New("waiting for unsupported file type")
}

// TestLookUnwatched: a pipe that cannot be waited for is not written to again, since
// nobody reads it: it would be full one day, and who looks would wait for ever.
func TestLookUnwatched(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	l := looker{tried: true, in: unwatched{}, out: out}
	for range 3 {
		l.look()
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := in.Read(make([]byte, 10)); n != 1 || err != nil {
		t.Errorf("%d octets were written, %v, want 1", n, err)
	}
}

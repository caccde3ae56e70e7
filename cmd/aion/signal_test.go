package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"syscall"
	"testing"
)

// TestSignalStopsInOrder ends a server by each of its signals.
func TestSignalStopsInOrder(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		c := startChild(t, t.TempDir())
		if err := c.end(t, signal); err != nil {
			t.Errorf("%v: got %v, want exit code 0", signal, err)
		}
	}
}

// TestSecondSignalStopsAtOnce does not wait for a request that never ends.
func TestSecondSignalStopsAtOnce(t *testing.T) {
	c := startChild(t, t.TempDir(), "--shutdown.grace=1h")
	underWay := writeWithoutEnd(t, c.address)
	defer underWay.Close()
	if err := c.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // until nobody listens any more, the first signal has not come through
		conn, err := net.Dial("tcp", c.address)
		if err != nil {
			break
		}
		conn.Close()
	}
	exit, ok := errors.AsType[*exec.ExitError](c.end(t, syscall.SIGTERM))
	if !ok || exit.ExitCode() != exitFailed {
		t.Errorf("got %v, want exit code %d", exit, exitFailed)
	}
}

// end sends the signal and waits for the end of the process.
func (c *child) end(t *testing.T, signal syscall.Signal) (err error) {
	t.Helper()
	c.once.Do(func() {
		if err := c.process.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		err = c.process.Wait()
	})
	return err
}

// writeWithoutEnd begins a write whose body never comes, and returns when the
// server waits for it.
func writeWithoutEnd(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	const head = "POST /api/v1/datapoints HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
	if _, err := fmt.Fprint(conn, head); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q, %v, want to be asked for the body", line, err)
	}
	return conn
}

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
)

// emptyChild is the kind of child that does nothing but answer.
const emptyChild = "empty"

// newEmpty starts a server, in a process of its own as those that are measured,
// whose one handler reads a question and answers {}: what any answer over HTTP
// costs.
func newEmpty(b *testing.B) *rival {
	c := spawn(b, os.Args[0], emptyChild)
	return &rival{child: c, read: "http://" + c.address}
}

// serveEmpty is what that process does until it is killed.
func serveEmpty() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintf(os.Stderr, "msg=serving address=%s\n", l.Addr())
	err = http.Serve(l, http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the client looks whether there is an answer
		_, _ = to.Write([]byte("{}"))
	}))
	fmt.Fprintln(os.Stderr, err)
}

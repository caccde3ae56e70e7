package wire

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"
)

// answer is the http.ResponseWriter of a Direct, which writes what package http's would.
type answer struct {
	c       *direct
	cancel  context.CancelFunc // ends the request
	isHead  bool
	header  http.Header
	status  int
	length  int64 // of the body by its header; -1: that says nothing
	written int64 // of it
	headed  bool  // the header is in out, or beyond
	chunked bool
	bare    bool // there is no body, which the header does not say
	last    bool // the connection is to be closed
	failed  error
	out     []byte // what is to be sent first
	pieces  [3][]byte
}

// answerRoom is how much is kept of an answer until it is sent.
const answerRoom = 4 << 10

// crlf ends lines and chunks.
var crlf = []byte("\r\n")

// begin makes a the answer to r.
func (a *answer) begin(c *direct, r *http.Request, cancel context.CancelFunc) {
	clear(a.header)
	*a = answer{c: c, cancel: cancel, isHead: r.Method == http.MethodHead, header: a.header, length: -1, out: a.out[:0]}
}

// Header is the header that will be sent.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader sets the status. Informational ones are sent at once; of the others the
// first one counts.
func (a *answer) WriteHeader(status int) {
	switch {
	case a.status != 0:
	case status >= 100 && status < 200 && status != http.StatusSwitchingProtocols:
		a.out = appendStatus(a.out, status)
		_ = a.header.WriteSubset((*appender)(&a.out), nil) // into memory
		a.out = append(a.out, crlf...)
		_ = a.send(nil) // what comes behind fails, too
	default:
		a.status = status
		given, err := strconv.ParseInt(a.header.Get("Content-Length"), 10, 64)
		if err == nil && given >= 0 {
			a.length = given
		} else {
			delete(a.header, "Content-Length")
		}
	}
}

// Write writes a part of the body.
func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	switch {
	case len(p) == 0:
		return 0, nil
	case !allowsBody(a.status):
		return 0, http.ErrBodyNotAllowed
	}
	if a.written += int64(len(p)); a.length >= 0 && a.written > a.length {
		return 0, http.ErrContentLength
	}
	a.putHeader(p)
	if a.isHead {
		return len(p), nil
	}
	return len(p), a.put(p)
}

// put sends a part of the body, or keeps it while there is little.
func (a *answer) put(p []byte) error {
	if a.chunked {
		a.out = append(strconv.AppendInt(a.out, int64(len(p)), 16), crlf...)
	}
	if len(a.out)+len(p) > answerRoom {
		return a.send(p)
	}
	if a.out = append(a.out, p...); a.chunked {
		a.out = append(a.out, crlf...)
	}
	return nil
}

// send sends what is kept and p, and the end of its chunk. After a failure nothing is sent
// any more, and the request is over.
func (a *answer) send(p []byte) error {
	if a.failed != nil {
		return a.failed
	}
	var err error
	if len(p) == 0 {
		_, err = a.c.conn.Write(a.out)
	} else {
		a.pieces = [3][]byte{a.out, p, nil}
		all := net.Buffers(a.pieces[:2])
		if a.chunked {
			a.pieces[2] = crlf
			all = a.pieces[:3]
		}
		_, err = all.WriteTo(a.c.conn)
		a.pieces = [3][]byte{}
	}
	if a.out = a.out[:0]; err != nil {
		a.failed, a.last = err, true
		a.cancel()
	}
	return err
}

// FlushError sends what is kept.
func (a *answer) FlushError() error {
	a.WriteHeader(http.StatusOK)
	a.putHeader(nil)
	if len(a.out) == 0 {
		return a.failed
	}
	return a.send(nil)
}

// SetWriteDeadline sets until when writes may last.
func (a *answer) SetWriteDeadline(by time.Time) error {
	a.c.writeUntil(by)
	return nil
}

// SetReadDeadline does nothing: the body is there already.
func (a *answer) SetReadDeadline(time.Time) error { return nil }

// finish ends the answer and tells whether another one may follow on its connection.
func (a *answer) finish() bool {
	a.WriteHeader(http.StatusOK)
	a.bare = !a.headed && a.length < 0 && !a.isHead && allowsBody(a.status) && len(a.header["Transfer-Encoding"]) == 0
	if a.bare {
		a.length = 0
	}
	a.putHeader(nil)
	if a.chunked {
		a.out = append(a.out, "0\r\n\r\n"...)
	}
	if len(a.out) > 0 {
		_ = a.send(nil) // which a.last tells
	}
	if !a.isHead && a.length >= 0 && allowsBody(a.status) && a.written != a.length {
		a.last = true // the client waits for more
	}
	return !a.last
}

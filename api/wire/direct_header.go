package wire

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// putHeader puts status line and header before a body that begins with p, once.
func (a *answer) putHeader(p []byte) {
	if a.headed {
		return
	}
	a.headed = true
	encoding, contentType := a.header.Get("Transfer-Encoding"), ""
	if _, typed := a.header["Content-Type"]; !typed && len(p) > 0 && encoding == "" && a.header.Get("Content-Encoding") == "" {
		contentType = http.DetectContentType(p)
	}
	endless := !a.isHead && allowsBody(a.status) && a.length < 0
	a.chunked = endless && encoding != "identity"
	a.last = a.last || endless && !a.chunked || a.closes() || a.c.d.closing.Load()
	a.out = appendStatus(a.out, a.status)
	_ = a.header.WriteSubset((*appender)(&a.out), a.without(encoding)) // into memory
	a.out = a.appendOwn(a.out, contentType)
}

// without are the fields of the header that are not sent as they are, or at all.
func (a *answer) without(encoding string) map[string]bool {
	bodied := allowsBody(a.status)
	if bodied && !a.last && encoding == "" {
		return nil
	}
	return map[string]bool{
		"Connection": a.last && !a.closes(), "Transfer-Encoding": true,
		"Content-Length": !bodied, "Content-Type": a.status == http.StatusNotModified,
	}
}

// closes tells whether the header says that the connection is to be closed.
func (a *answer) closes() bool { return a.header.Get("Connection") == "close" }

// tooLarge notes that a body is too large, as package http's writer does.
func (a *answer) tooLarge() {
	if a.last = true; !a.headed {
		a.header.Set("Connection", "close")
	}
}

// appendOwn appends the fields that no handler sets, and the end of the header.
func (a *answer) appendOwn(out []byte, contentType string) []byte {
	if len(a.header["Date"]) == 0 {
		out = append(append(append(out, "Date: "...), a.c.d.now()...), crlf...)
	}
	if a.bare {
		out = append(out, "Content-Length: 0\r\n"...)
	}
	if contentType != "" {
		out = append(append(append(out, "Content-Type: "...), contentType...), crlf...)
	}
	if a.last && !a.closes() {
		out = append(out, "Connection: close\r\n"...)
	}
	if a.chunked {
		out = append(out, "Transfer-Encoding: chunked\r\n"...)
	}
	return append(out, crlf...)
}

// allowsBody tells whether answers of a status may have a body.
func allowsBody(status int) bool { return status >= 200 && hasBody(status) }

// appendStatus appends a status line.
func appendStatus(out []byte, status int) []byte {
	if text := http.StatusText(status); text != "" {
		out = append(strconv.AppendInt(append(out, "HTTP/1.1 "...), int64(status), 10), ' ')
		return append(append(out, text...), crlf...)
	}
	return fmt.Appendf(out, "HTTP/1.1 %03d status code %d\r\n", status, status)
}

// appender is a writer that appends.
type appender []byte

// Write appends.
func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}

// WriteString appends.
func (a *appender) WriteString(p string) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}

// date is the text of a second.
type date struct {
	second int64
	text   string
}

// now is the time as headers tell it.
func (d *Direct) now() string {
	now := time.Now()
	if known := d.date.Load(); known != nil && known.second == now.Unix() {
		return known.text
	}
	made := &date{now.Unix(), now.UTC().Format(http.TimeFormat)}
	d.date.Store(made)
	return made.text
}

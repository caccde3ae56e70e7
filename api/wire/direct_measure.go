package wire

import (
	"bytes"
	"strings"
)

// measure tells how long the request is that text begins with, head and body, of which
// the head has to be there. It is not plain where its head is not there, where package
// http may understand it in any other way than that its fields say, or where it asks for
// more than an answer. What a plain one's fields mean, and whether its path is well, is
// left to package http.
func measure(text []byte) (size int, plain bool) {
	line, rest, ok := cutLine(text)
	if !ok || !asks(line) {
		return 0, false
	}
	var s sizes
	for {
		if line, rest, ok = cutLine(rest); !ok {
			return 0, false
		}
		if len(line) == 0 {
			return len(text) - len(rest) + s.length, s.hosts == 1
		}
		if !s.field(line) {
			return 0, false
		}
	}
}

// cutLine takes a line, which ends with both bytes that it should.
func cutLine(text []byte) (line, rest []byte, ok bool) {
	i := bytes.IndexByte(text, '\n')
	if i < 1 || text[i-1] != '\r' {
		return nil, nil, false
	}
	return text[:i-1], text[i+1:], true
}

// asks tells whether a line is the first one of a plain request.
func asks(line []byte) bool {
	method, rest, _ := bytes.Cut(line, []byte(" "))
	switch string(method) {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
	default:
		return false
	}
	target, protocol, _ := bytes.Cut(rest, []byte(" "))
	return string(protocol) == "HTTP/1.1" && len(target) > 0 && target[0] == '/' && all(target, visible)
}

// sizes is what is known of a request by its fields.
type sizes struct {
	hosts  int // fields that name one
	length int // of the body
	given  bool
}

// field takes a field. It is not ok where that makes the request other than plain.
func (s *sizes) field(line []byte) bool {
	i := bytes.IndexByte(line, ':')
	if i < 1 || !all(line[:i], inToken) || !all(line[i+1:], printed) {
		return false
	}
	value := bytes.Trim(line[i+1:], " ")
	switch name := string(line[:i]); len(name) {
	case 4:
		if strings.EqualFold(name, "Host") {
			s.hosts++
			return len(value) > 0 && all(value, inHost)
		}
	case 10:
		return !strings.EqualFold(name, "Connection") || strings.EqualFold(string(value), "keep-alive")
	case 14:
		if strings.EqualFold(name, "Content-Length") {
			return s.sized(value)
		}
		return !strings.EqualFold(name, "HTTP2-Settings")
	case 2, 6, 7, 17:
		for _, special := range []string{"TE", "Expect", "Upgrade", "Trailer", "Transfer-Encoding"} {
			if strings.EqualFold(name, special) {
				return false
			}
		}
	}
	return true
}

// sized takes the length of the body, if it is given once and is a short number.
func (s *sizes) sized(value []byte) bool {
	if s.given || len(value) < 1 || len(value) > 6 || value[0] == '0' && len(value) > 1 {
		return false
	}
	s.given = true
	for _, c := range value {
		if c < '0' || c > '9' {
			return false
		}
		s.length = s.length*10 + int(c-'0')
	}
	return true
}

// class is what bytes may stand for.
type class uint8

// The classes.
const (
	printed class = 1 << iota // in a value
	visible                   // in a target
	inToken                   // in the name of a field
	inHost                    // in a host
)

// classes are those of each byte. A target has no fragment, and none of what has to be
// written with a percent sign.
var classes = func() (of [256]class) {
	for c := ' '; c <= '~'; c++ {
		of[c] |= printed
		if !strings.ContainsRune(` "#<>\^{|}`+"`", c) {
			of[c] |= visible
		}
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if letter || c == '-' || c == '_' {
			of[c] |= inToken
		}
		if letter || strings.ContainsRune("-._:[]", c) {
			of[c] |= inHost
		}
	}
	return of
}()

// all tells whether all bytes of text are of a class.
func all(text []byte, of class) bool {
	for _, c := range text {
		if classes[c]&of == 0 {
			return false
		}
	}
	return true
}

package stream

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// pieces is a connection whose client sends a text in pieces of some size, and
// goes.
type pieces struct {
	net.Conn
	text []byte
	size int
}

// Read gives a piece.
func (p *pieces) Read(b []byte) (int, error) {
	if len(p.text) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.text[:min(p.size, len(p.text))])
	p.text = p.text[n:]
	return n, nil
}

// SetReadDeadline does nothing: all is there.
func (p *pieces) SetReadDeadline(time.Time) error { return nil }

// FuzzGreeting: the first line is the same however it comes, nothing of what was
// read is lost, and an id and a secret are what stands there.
func FuzzGreeting(f *testing.F) {
	for _, text := range []string{
		"auth d1 pa55word\nput m 1 1 a=b\n", "auth d1 pa55word\r\n", "auth \n", "auth", "put m 1 1\n", "auth a b c\n", `auth "a b" "c"` + "\n", `auth "" c` + "\n", `auth a ""` + "\n",
		"auth d1 " + strings.Repeat("x", maxGreeting) + "\n", "auth\td1 x\n", "auth \xff \x00\n", "\n", "auth d1 x",
	} {
		f.Add([]byte(text), uint8(3))
	}
	f.Fuzz(func(t *testing.T, text []byte, size uint8) {
		read := func(size int) (line, rest []byte, err error) {
			c := &connection{conn: &pieces{text: text, size: size}}
			return c.greeting()
		}
		line, rest, err := read(int(size) + 1)
		whole, _, wholeErr := read(len(text) + 1)
		if !bytes.Equal(line, whole) || (line == nil) != (whole == nil) || (err == nil) != (wholeErr == nil) {
			t.Fatalf("in pieces of %d: got %q %v, at once %q %v", int(size)+1, line, err, whole, wholeErr)
		}
		if err != nil {
			return
		}
		if line == nil {
			if !bytes.HasPrefix(text, rest) {
				t.Errorf("got %q of %q", rest, text)
			}
			return
		}
		if all := string(line) + "\n" + string(rest); !strings.HasPrefix(string(text), all) || !strings.HasPrefix(all, greeting) || bytes.IndexByte(line, '\n') >= 0 {
			t.Errorf("got %q and %q of %q", line, rest, text)
		}
		id, secret, ok := greeted(line)
		if !ok {
			return
		}
		if id == "" || secret == "" || !bytes.Contains(line, []byte(id)) || !bytes.Contains(line, []byte(secret)) {
			t.Errorf("%q: got %q and %q", line, id, secret)
		}
		if plain := id + secret; !strings.ContainsAny(plain, `"`) && !strings.ContainsFunc(plain, func(r rune) bool { return r <= ' ' }) {
			again, same, ok := greeted([]byte(greeting + id + " " + secret))
			if !ok || again != id || same != secret {
				t.Errorf("%q %q: got %q %q %t", id, secret, again, same, ok)
			}
		}
	})
}

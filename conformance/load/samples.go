package load

import (
	"bytes"
	"errors"
	"io"
)

// samples adds up what the members sample_size of an answer say.
type samples struct{ total int64 }

// sampleKey is what stands before such a number.
const sampleKey = `"sample_size"`

// sampleRoom is more than a key, the space behind it and a number take.
const sampleRoom = 64

// read reads an answer to its end by way of the buffer, which has more bytes
// than sampleRoom, and answers its size.
func (s *samples) read(from io.Reader, buffer []byte) (size int64, err error) {
	kept := 0
	for {
		n, err := from.Read(buffer[kept:])
		size += int64(n)
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return size, err
		}
		window := buffer[:kept+n]
		kept = copy(buffer, window[s.scan(window, ended):])
		if ended {
			return size, nil
		}
	}
}

// scan adds what is whole in a window and answers where the next one is to
// begin. At the end of the answer all is whole.
func (s *samples) scan(window []byte, ended bool) int {
	at := 0
	for {
		i := bytes.Index(window[at:], []byte(sampleKey))
		if i < 0 {
			return max(at, len(window)-len(sampleKey)+1)
		}
		if at += i; !ended && len(window)-at < sampleRoom {
			return at
		}
		at += len(sampleKey)
		s.total += number(window[at:])
	}
}

// number is the number behind a colon and space; 0 where there is none.
func number(text []byte) (n int64) {
	text = bytes.TrimLeft(text[:min(len(text), sampleRoom-len(sampleKey))], ": \t\r\n")
	for _, c := range text {
		if c < '0' || c > '9' {
			break
		}
		n = 10*n + int64(c-'0')
	}
	return n
}

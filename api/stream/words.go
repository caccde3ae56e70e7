package stream

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Trim is a line without what KairosDB takes for blanks at its ends: all
// characters up to the space.
func Trim(line []byte) []byte {
	for len(line) > 0 && line[len(line)-1] <= ' ' {
		line = line[:len(line)-1]
	}
	for len(line) > 0 && line[0] <= ' ' {
		line = line[1:]
	}
	return line
}

// Word is the next word of a trimmed line, and what is behind it; ok is false
// when there is none. As in KairosDB's WordSplitter a word that begins with a
// quotation mark ends at one with a blank or nothing behind it, keeps those in
// its middle, and takes all that follows when there is no such mark. A mark that
// stands alone is passed over.
func Word(line []byte) (word, rest []byte, ok bool) {
	for {
		i := 0
		for i < len(line) && line[i] <= ' ' {
			i++
		}
		line = line[i:]
		if len(line) == 0 {
			return nil, nil, false
		}
		if line[0] != '"' {
			i = 1
			for i < len(line) && line[i] > ' ' {
				i++
			}
			return line[:i], line[i:], true
		}
		line = line[1:]
		if len(line) > 0 && line[0] > ' ' {
			break
		}
	}
	word, rest = quoted(line)
	return word, rest, true
}

// quoted is the word behind a quotation mark.
func quoted(line []byte) (word, rest []byte) {
	for from := 0; ; {
		i := bytes.IndexByte(line[from:], '"')
		if i < 0 {
			return line, nil
		}
		i += from
		if i+1 == len(line) || line[i+1] <= ' ' {
			return line[:i], line[i+1:]
		}
		from = i + 1
	}
}

// Text is what bytes say: UTF-8 if they are, else Latin-1, which KairosDB takes
// them all for.
func Text(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	out := make([]byte, 0, len(b)+8)
	for _, c := range b {
		out = utf8.AppendRune(out, rune(c))
	}
	return string(out)
}

// lines cuts a stream at line feeds.
type lines struct {
	max     int
	skipped int // bytes of a line that is too long
}

// Lines is a Cutter of lines of up to max bytes. A longer one is passed over.
func Lines(max int) Cutter { return &lines{max: max} }

// Most is a line with its line feed.
func (l *lines) Most() int { return l.max + 1 }

// errLong is how KairosDB's framework says that a line is too long.
var errLong = errors.New("frame length")

// tooLong is an errLong.
func tooLong(length, max int) error {
	return fmt.Errorf("%w (%d) exceeds the allowed maximum (%d)", errLong, length, max)
}

// Cut finds a line.
func (l *lines) Cut(b []byte) (message []byte, size int, problem error) {
	i := bytes.IndexByte(b, '\n')
	switch {
	case i < 0 && l.skipped+len(b) <= l.max:
		return nil, 0, nil
	case i < 0:
		l.skipped += len(b)
		return nil, len(b), nil
	case l.skipped+i > l.max:
		problem = tooLong(l.skipped+i, l.max)
		l.skipped = 0
		return nil, i + 1, problem
	}
	return b[:i], i + 1, nil
}

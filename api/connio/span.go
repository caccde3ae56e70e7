package connio

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// span is the text of one JSON value inside a body that is known to be valid,
// without the white space around it.
type span []byte

// spanOf is the value of a body, nil where the body is not JSON.
func spanOf(body []byte) span {
	if !json.Valid(body) {
		return nil
	}
	return bytes.TrimSpace(body)
}

// first is how a value begins: { is an object, [ a list, " a text. A span
// of nothing begins with 0.
func (s span) first() byte {
	if len(s) == 0 {
		return 0
	}
	return s[0]
}

// null tells whether there is no value, or null.
func (s span) null() bool { return s.first() == 0 || s[0] == 'n' }

// number tells whether the value is a number.
func (s span) number() bool { c := s.first(); return c == '-' || '0' <= c && c <= '9' }

// text is a text as it is meant; the value is one.
func (s span) text() string {
	inner := s[1 : len(s)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var text string
	// The body is valid, and this a text of it.
	_ = json.Unmarshal(s, &text)
	return text
}

// members yields the members of an object in their order, each name as the text
// that it is. It yields nothing of any other value.
func (s span) members() iter.Seq2[span, span] {
	return func(yield func(name, value span) bool) {
		if s.first() != '{' {
			return
		}
		for i := gap(s, 1); s[i] != '}'; {
			end := valueEnd(s, i)
			name := s[i:end]
			i = gap(s, gap(s, end)+1) // behind the colon
			end = valueEnd(s, i)
			if !yield(name, s[i:end]) {
				return
			}
			i = next(s, end)
		}
	}
}

// member is the value of an object's member, the last one of its name; nil: there is
// none.
func (s span) member(word string) (value span) {
	for name, v := range s.members() {
		if name.named(word) {
			value = v
		}
	}
	return value
}

// named tells whether a member's name is a word, which has nothing to escape.
func (s span) named(word string) bool {
	if len(s) == len(word)+2 {
		return string(s[1:len(s)-1]) == word
	}
	return bytes.IndexByte(s, '\\') >= 0 && s.text() == word
}

// elements yields the elements of a list, and nothing of any other value.
func (s span) elements() iter.Seq[span] {
	return func(yield func(span) bool) {
		if s.first() != '[' {
			return
		}
		for i := gap(s, 1); s[i] != ']'; {
			end := valueEnd(s, i)
			if !yield(s[i:end]) {
				return
			}
			i = next(s, end)
		}
	}
}

// len is how many elements a list has, or members an object.
func (s span) len() int {
	n := 0
	for range s.elements() {
		n++
	}
	for range s.members() {
		n++
	}
	return n
}

// gap is the first place from i on that is not white space.
func gap(s span, i int) int {
	for s[i] == ' ' || s[i] == '\n' || s[i] == '\r' || s[i] == '\t' {
		i++
	}
	return i
}

// next is where the value behind the one that ends at i begins, or where the list
// of values ends.
func next(s span, i int) int {
	if i = gap(s, i); s[i] == ',' {
		i = gap(s, i+1)
	}
	return i
}

// valueEnd is the end of the value that begins at i.
func valueEnd(s span, i int) int {
	switch s[i] {
	case '"':
		return textEnd(s, i)
	case '{', '[':
		return nestEnd(s, i)
	}
	for i < len(s) && s[i] != ',' && s[i] != '}' && s[i] != ']' && s[i] > ' ' {
		i++
	}
	return i
}

// textEnd is the end of the text that begins at i.
func textEnd(s span, i int) int {
	for i++; s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// nestEnd is the end of the object or list that begins at i.
func nestEnd(s span, i int) int {
	for depth := 0; ; {
		switch s[i] {
		case '"':
			i = textEnd(s, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
}

package kairosdb

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// orgJSON looks at a text as org.json.JSONTokener of 2018 does, whose positions
// count UTF-16 units: at the end of the text it does not move on, but can be taken
// back from there nevertheless.
type orgJSON struct {
	text      []uint16
	next      int // of text
	again     bool
	previous  uint16
	at        int
	character int
	line      int
	before    int  // character of the end of the line before
	deep      bool // something lies too deep to be looked at
}

// maxOrgDepth is how deep arrays and objects may lie in each other. Java's stack
// is at its end sooner or later; what lies deeper is not looked at.
const maxOrgDepth = 1000

// checkOriginal is what is wrong with a query as org.json reads it, as KairosDB
// answers it. What comes behind the object does not count.
func checkOriginal(text string) error {
	o := &orgJSON{text: utf16.Encode([]rune(text)), character: 1, line: 1}
	if wrong := o.object(0); wrong != "" && !o.deep {
		return broken("org.json.JSONException: " + wrong)
	}
	return nil
}

// wrong is a message with the position.
func (o *orgJSON) wrong(message string) string {
	return fmt.Sprintf("%s at %d [character %d line %d]", message, o.at, o.character, o.line)
}

// read is the next unit, 0 at the end.
func (o *orgJSON) read() uint16 {
	c := o.previous
	switch {
	case o.again:
		o.again = false
	case o.next < len(o.text):
		c, o.next = o.text[o.next], o.next+1
	default:
		return 0
	}
	if c == 0 {
		return 0
	}
	o.at++
	switch {
	case c == '\r', c == '\n' && o.previous != '\r':
		o.line, o.before, o.character = o.line+1, o.character, 0
	case c == '\n':
		o.character = 0
	default:
		o.character++
	}
	o.previous = c
	return c
}

// back has the last unit be read again.
func (o *orgJSON) back() {
	o.at--
	if o.previous == '\r' || o.previous == '\n' {
		o.line, o.character = o.line-1, o.before
	} else if o.character > 0 {
		o.character--
	}
	o.again = true
}

// clean is the next unit that is no blank, 0 at the end.
func (o *orgJSON) clean() uint16 {
	for {
		if c := o.read(); c == 0 || c > ' ' {
			return c
		}
	}
}

// object reads an object, and says what is wrong with it.
func (o *orgJSON) object(depth int) (wrong string) {
	if o.clean() != '{' {
		return o.wrong("A JSONObject text must begin with '{'")
	}
	keys := map[string]bool{}
	for {
		switch o.clean() {
		case 0:
			return o.wrong("A JSONObject text must end with '}'")
		case '}':
			return ""
		}
		o.back()
		key, wrong := o.value(depth)
		switch {
		case wrong != "":
			return wrong
		case o.clean() != ':':
			return o.wrong("Expected a ':' after a key")
		case keys[key]:
			return o.wrong("Duplicate key \"" + key + "\"")
		}
		keys[key] = true
		if _, wrong := o.value(depth); wrong != "" {
			return wrong
		}
		switch o.clean() {
		case ';', ',':
			if o.clean() == '}' {
				return ""
			}
			o.back()
		case '}':
			return ""
		default:
			return o.wrong("Expected a ',' or '}'")
		}
	}
}

// array reads an array, and says what is wrong with it.
func (o *orgJSON) array(depth int) (wrong string) {
	const expected = "Expected a ',' or ']'"
	o.clean()
	switch o.clean() {
	case 0:
		return o.wrong(expected)
	case ']':
		return ""
	}
	o.back()
	for {
		missing := o.clean() == ','
		o.back()
		if !missing {
			if _, wrong := o.value(depth); wrong != "" {
				return wrong
			}
		}
		switch o.clean() {
		case ',':
			switch o.clean() {
			case 0:
				return o.wrong(expected)
			case ']':
				return ""
			}
			o.back()
		case ']':
			return ""
		default:
			return o.wrong(expected)
		}
	}
}

// value reads a value, whose text it answers where that is a key's.
func (o *orgJSON) value(depth int) (text, wrong string) {
	if depth > maxOrgDepth {
		o.deep = true
		return "", "too deep"
	}
	c := o.clean()
	switch c {
	case '"', '\'':
		return o.quoted(c)
	case '{':
		o.back()
		return "", o.object(depth + 1)
	case '[':
		o.back()
		return "", o.array(depth + 1)
	}
	var bare []uint16
	for c >= ' ' && (c > '~' || !strings.ContainsRune(",:]}/\\\"[{;=#", rune(c))) {
		bare = append(bare, c)
		c = o.read()
	}
	o.back()
	if text = strings.Trim(string(utf16.Decode(bare)), javaBlanks); text == "" {
		return "", o.wrong("Missing value")
	}
	return text, ""
}

// quoted reads a text up to the quote that it began with.
func (o *orgJSON) quoted(quote uint16) (text, wrong string) {
	var units []uint16
	for {
		switch c := o.read(); c {
		case 0, '\n', '\r':
			return "", o.wrong("Unterminated string")
		case quote:
			return string(utf16.Decode(units)), ""
		case '\\':
			unit, wrong := o.escaped()
			if wrong != "" {
				return "", wrong
			}
			units = append(units, unit)
		default:
			units = append(units, c)
		}
	}
}

// escaped reads what stands behind a backslash.
func (o *orgJSON) escaped() (unit uint16, wrong string) {
	switch c := o.read(); c {
	case 'b', 't', 'n', 'f', 'r':
		return map[uint16]uint16{'b': '\b', 't': '\t', 'n': '\n', 'f': '\f', 'r': '\r'}[c], ""
	case '"', '\'', '\\', '/':
		return c, ""
	case 'u':
		var digits [4]uint16
		for i := range digits {
			if digits[i] = o.read(); digits[i] == 0 {
				return 0, o.wrong("Substring bounds error")
			}
		}
		v, err := strconv.ParseInt(string(utf16.Decode(digits[:])), 16, 32)
		if err != nil {
			return 0, o.wrong("Illegal escape.")
		}
		return uint16(v), ""
	}
	return 0, o.wrong("Illegal escape.")
}

// javaBlanks are what Java's String.trim takes away.
const javaBlanks = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\v\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f "

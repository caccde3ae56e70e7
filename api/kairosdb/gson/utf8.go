package gson

import "unicode/utf8"

// Valid is a text with U+FFFD in place of what is not UTF-8.
func Valid(text []byte) string {
	if utf8.Valid(text) {
		return string(text)
	}
	out := make([]byte, 0, len(text)+8)
	for len(text) > 0 {
		c, size := utf8.DecodeRune(text)
		if c == utf8.RuneError && size == 1 {
			size = invalid(text)
		}
		out, text = utf8.AppendRune(out, c), text[size:]
	}
	return string(out)
}

// isHalf tells whether text is one half of a UTF-16 pair in the three bytes that
// UTF-8 would have for it.
func isHalf(text []byte) bool { return len(text) == 3 && text[0] == 0xed && text[1] >= 0xa0 }

// valid is Valid, kept with other texts where all of them are one tree's.
func (r *Reader) valid(text []byte) string {
	if r.together {
		return r.texts.keep(text)
	}
	return Valid(text)
}

// validBut is valid but for the halves of pairs that begin at these places,
// which stay as they are: Java's strings hold them.
func (r *Reader) validBut(text []byte, halves []int) string {
	if len(halves) == 0 {
		return r.valid(text)
	}
	var out []byte
	from := 0
	for _, at := range halves {
		out = append(append(out, Valid(text[from:at])...), text[at:at+3]...)
		from = at + 3
	}
	return string(append(out, Valid(text[from:])...))
}

// invalid counts the bytes that Java's decoder replaces as one: the longest
// beginning of a character, or one byte. The halves of a pair, which UTF-8 does
// not encode, count as a character to it.
func invalid(text []byte) int {
	size, _ := sequence(text)
	return size
}

// sequence counts the bytes that belong together from the first one on. More:
// the text ends before the character does.
func sequence(text []byte) (size int, more bool) {
	low, high, n := byte(0x80), byte(0xbf), 0
	switch c := text[0]; {
	case 0xc2 <= c && c <= 0xdf:
		n = 1
	case 0xe0 <= c && c <= 0xef:
		n = 2
		if c == 0xe0 {
			low = 0xa0
		}
	case 0xf0 <= c && c <= 0xf4:
		n = 3
		if c == 0xf0 {
			low = 0x90
		} else if c == 0xf4 {
			high = 0x8f
		}
	}
	i := 1
	for ; i <= n && i < len(text) && low <= text[i] && text[i] <= high; i++ {
		low, high = 0x80, 0xbf
	}
	return i, i == len(text) && i <= n
}

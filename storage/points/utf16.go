package points

import (
	"strings"
	"unicode/utf8"
)

// CompareUTF16 compares two texts as Java does: by UTF-16 code unit. It differs
// from the order of the bytes only where characters beyond U+FFFF meet those
// from U+E000 on.
func CompareUTF16(a, b string) int {
	n := min(len(a), len(b))
	i := 0
	for i < n && a[i] == b[i] {
		i++
	}
	if i == n || a[i] < 0xee && b[i] < 0xee {
		return strings.Compare(a, b)
	}
	for i > 0 && !utf8.RuneStart(a[i]) {
		i--
	}
	x, _ := utf8.DecodeRuneInString(a[i:])
	y, _ := utf8.DecodeRuneInString(b[i:])
	if (x > 0xffff) != (y > 0xffff) {
		x, y = leadUnit(x), leadUnit(y)
	}
	return int(x) - int(y)
}

// leadUnit is the first UTF-16 code unit of r.
func leadUnit(r rune) rune {
	if r > 0xffff {
		return 0xd800 + (r-0x10000)>>10
	}
	return r
}

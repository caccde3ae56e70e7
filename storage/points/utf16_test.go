package points

import (
	"slices"
	"testing"
	"unicode/utf16"
)

// TestCompareUTF16 compares every pair with the order of their code units.
func TestCompareUTF16(t *testing.T) {
	texts := []string{"", "a", "ab", "b", "é", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "\uffffx", "\U00010000", "\U00010001", "\U0001f600", "a\U0001f600", "a\uff00", "a\uff01", "\U0010ffff"}
	for _, a := range texts {
		for _, b := range texts {
			want := slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
			if got := CompareUTF16(a, b); sign(got) != want {
				t.Errorf("CompareUTF16(%q, %q) = %d, want %d", a, b, got, want)
			}
		}
	}
}

// sign is -1, 0 or 1.
func sign(n int) int { return min(max(n, -1), 1) }

package kairosdb

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestUTF16Units: characters of every length, and wherever they stand, count as Java
// counts them.
func TestUTF16Units(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 2000 {
		text := strings.Repeat("x", random.IntN(200))
		for range random.IntN(4) {
			text += string([]rune("aé€😀")[random.IntN(4)]) + strings.Repeat("y", random.IntN(100))
		}
		if got, want := utf16Units([]byte(text)), len(utf16.Encode([]rune(text))); got != want {
			t.Fatalf("%d: got %d, want %d for %q", i, got, want, text)
		}
	}
}

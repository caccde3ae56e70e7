package fleet

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestBroodRoom: texts and values stay as they were when others come behind them, be
// they longer than a piece.
func TestBroodRoom(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	r := newBroodRoom(3)
	var texts, wantTexts []string
	var values, wantValues [][]byte
	for i := range 2000 {
		n := rng.IntN(100)
		if i%100 == 0 {
			n = broodPiece + i
		}
		parts := [3]string{fmt.Sprint(i), "/", strings.Repeat("x", n)}
		texts, wantTexts = append(texts, r.join(parts)), append(wantTexts, strings.Join(parts[:], ""))
		want := bytes.Repeat([]byte{byte(i)}, n)
		v, err := r.value(func(dst []byte) ([]byte, error) { return append(dst, want...), nil })
		if err != nil {
			t.Fatal(err)
		}
		values, wantValues = append(values, v), append(wantValues, want)
	}
	for i := range texts {
		if texts[i] != wantTexts[i] || !bytes.Equal(values[i], wantValues[i]) || cap(values[i]) != len(values[i]) {
			t.Fatalf("text or value %d is not what it was made of", i)
		}
	}
}

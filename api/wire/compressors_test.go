package wire

import (
	"bytes"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// TestCompressors: what is taken, whether new or rested, writes whole answers;
// what is laid aside in the middle of one leaves it without an end.
func TestCompressors(t *testing.T) {
	var all Compressors
	for _, text := range []string{"first", "second"} {
		var cut, whole bytes.Buffer
		z := all.Take(&cut)
		if _, err := io.WriteString(z, text); err != nil {
			t.Fatal(err)
		}
		all.Rest(z)
		z = all.Take(&whole)
		if _, err := io.WriteString(z, text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		all.Rest(z)
		if r, err := gzip.NewReader(&whole); err != nil {
			t.Error(err)
		} else if got, err := io.ReadAll(r); string(got) != text || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
		if r, err := gzip.NewReader(&cut); err == nil {
			if got, err := io.ReadAll(r); err == nil {
				t.Errorf("an answer that was given up reads as whole: %q", got)
			}
		}
	}
}

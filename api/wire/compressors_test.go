package wire

import (
	"bytes"
	"compress/gzip" // that of most clients, not ours
	"errors"
	"io"
	"strings"
	"testing"
)

// unzipped is what a client reads.
func unzipped(packed io.Reader) (string, error) {
	r, err := gzip.NewReader(packed)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
}

// TestZip: what is written, with a compressor that is new or rested, reads as it was;
// what is laid aside in the middle has no end.
func TestZip(t *testing.T) {
	var all Compressors
	for _, text := range []string{"first", "second"} {
		var cut, whole bytes.Buffer
		given := all.Zip(&cut)
		if _, err := io.WriteString(&given, text); err != nil {
			t.Fatal(err)
		}
		given.Rest()
		kept := all.Zip(&whole)
		if _, err := io.WriteString(&kept, text); err != nil {
			t.Fatal(err)
		}
		if err := kept.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := kept.End([]byte(", ended")); err != nil {
			t.Fatal(err)
		}
		kept.Rest()
		if got, err := unzipped(&whole); got != text+", ended" || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
		if got, err := unzipped(&cut); err == nil {
			t.Errorf("an answer that was given up reads as whole: %q", got)
		}
	}
}

// TestStored: what ends at once reads as it was however long, as a stream that a
// short one makes by what gzip adds, and a longer one shorter.
func TestStored(t *testing.T) {
	var all Compressors
	for _, size := range []int{0, 1, 117, storedUpTo, storedUpTo + 1, 70_000} {
		var packed bytes.Buffer
		text := []byte(strings.Repeat("a point and ", size/12+1))[:size:size]
		z := all.Zip(&packed)
		if err := z.End(text); err != nil {
			t.Fatal(err)
		}
		z.Rest()
		if length := packed.Len(); size <= storedUpTo && length != size+23 || size > storedUpTo && length > size/4 {
			t.Errorf("%d bytes are sent as %d", size, length)
		}
		if got, err := unzipped(&packed); got != string(text) || err != nil {
			t.Errorf("%d bytes read as %d, %v", size, len(got), err)
		}
	}
}

// fullAt is who takes no more than so many bytes.
type fullAt struct{ left int }

// Write takes what there is room for.
func (f *fullAt) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

var errFull = errors.New("full")

// TestZipFails: a stream that has failed says so until it is laid aside, and its
// compressor, which may still be read, is nobody else's.
func TestZipFails(t *testing.T) {
	for name, fail := range map[string]func(z *Zip) error{
		"write": func(z *Zip) error {
			_, err := z.Write(bytes.Repeat([]byte{1, 2, 3}, 1<<18))
			return err
		},
		"flush":  func(z *Zip) error { return z.Flush() },
		"end":    func(z *Zip) error { return z.End(make([]byte, storedUpTo+1)) },
		"stored": func(z *Zip) error { return z.End(nil) },
	} {
		var all Compressors
		z := all.Zip(&fullAt{left: 5})
		if err := fail(&z); !errors.Is(err, errFull) {
			t.Errorf("%s: got %v", name, err)
		}
		_, err := z.Write([]byte("more"))
		if flushed, ended := z.Flush(), z.End(nil); !errors.Is(err, errFull) || !errors.Is(flushed, errFull) || !errors.Is(ended, errFull) {
			t.Errorf("%s: then got %v, %v, %v", name, err, flushed, ended)
		}
		z.Rest()
		if rested := all.pool.Get(); rested != nil {
			t.Errorf("%s: %v is given again", name, rested)
		}
	}
}

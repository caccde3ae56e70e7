package chunk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"aion/storage/points"
)

// TestCheck changes every byte of the directories of both versions and puts the
// checksum right again: what is not found by reading the chunk is found by
// comparing its pages with their points, or changes nothing that is told of them.
func TestCheck(t *testing.T) {
	for _, n := range []int{(columnsFrom - 1) * PageSize, (columnsFrom-1)*PageSize + 20} {
		for name, b := range classes(n) {
			data := Append(nil, b, b.Times)
			var c Chunk
			if err := c.Open(data); err != nil {
				t.Fatal(err)
			}
			if err := c.Check(b, b.Times); err != nil {
				t.Errorf("%s: Check: %v", name, err)
			}
			told := pagesOf(&c)
			for i := directoryAt(data); i < len(data)-footSize; i++ {
				for _, with := range []byte{0x01, 0x80} {
					damaged := append([]byte{}, data...)
					damaged[i] ^= with
					got, expires := readPages(t, &c, seal(damaged, data[0]))
					if got != nil && differ(b, got) == "" && c.Check(got, expires) == nil && told != pagesOf(&c) {
						t.Errorf("%s: byte %d of %d changed by %x: nothing found", name, i, len(data), with)
					}
				}
			}
		}
	}
}

// TestSummariesOfTexts gives chunks of what is no number summaries, with a right
// checksum: they are not opened.
func TestSummariesOfTexts(t *testing.T) {
	for _, n := range []int{5, columnsFrom * PageSize} {
		for _, name := range []string{"states", "complex", "nulls"} {
			b := classes(n)[name]
			e := encoder{class: classDoubles, power: 1, whole: true}
			zeros := doublesOf(b.Times, func(int) float64 { return 0 })
			e.summarize(zeros, 0)
			e.appendPages(make([]byte, headSize), 0, zeros, 0)
			data := Append(nil, b, nil)
			e.appendSummaries(data[0])
			foot := len(data) - footSize
			size := binary.LittleEndian.Uint32(data[foot:]) + uint32(len(e.summaries))
			data[1] |= e.flags
			data = append(data[:foot], e.summaries...)
			data = binary.LittleEndian.AppendUint64(data, uint64(size))
			readAll(t, seal(data, data[0]))
			var c Chunk
			if err := c.Open(seal(data, data[0])); !errors.Is(err, points.ErrCorrupt) {
				t.Errorf("%s of %d: Open: %v, want an ErrCorrupt", name, n, err)
			}
		}
	}
}

// readPages reads the points of a chunk that may be damaged and when they expire,
// nil if that is found.
func readPages(t *testing.T, c *Chunk, data []byte) (*points.Block, []int64) {
	t.Helper()
	var b points.Block
	var expires []int64
	err := c.Open(data)
	if err == nil {
		err = c.AppendPages(&b, 0, c.Pages())
	}
	if err == nil {
		expires, err = c.AppendExpiries(nil)
	}
	if err != nil && !errors.Is(err, points.ErrCorrupt) {
		t.Fatalf("%v, want an ErrCorrupt", err)
	}
	if err != nil {
		return nil, nil
	}
	return &b, expires
}

// pagesOf is all that a chunk tells of its pages, as text, and its earliest expiry.
func pagesOf(c *Chunk) string {
	var text strings.Builder
	fmt.Fprintln(&text, c.EarliestExpiry())
	for i := range c.Pages() {
		first, last, n := c.Page(i)
		s, ok := c.PageSummary(i)
		fmt.Fprintln(&text, first, last, n, s, ok)
	}
	return text.String()
}

package chunk

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aion/storage/points"
)

// seal gives data the version and the checksum that Open asks for, so that
// what lies between is tried too.
func seal(data []byte, version byte) []byte {
	sealed := append([]byte{}, data...)
	if len(sealed) < headSize+footSize {
		return sealed
	}
	sealed[0] = version
	body := len(sealed) - 4
	binary.LittleEndian.PutUint32(sealed[body:], crc32.Checksum(sealed[:body], castagnoli))
	return sealed
}

// directoryAt is where the directory of a chunk begins.
func directoryAt(data []byte) int {
	return len(data) - footSize - int(binary.LittleEndian.Uint32(data[len(data)-footSize:]))
}

// readAll asks everything of hostile bytes. Errors are ErrCorrupt, and what is
// read is as long as promised.
func readAll(t *testing.T, data []byte) {
	t.Helper()
	var c Chunk
	if err := c.Open(data); err != nil {
		if !errors.Is(err, points.ErrCorrupt) {
			t.Fatalf("Open: %v, want an ErrCorrupt", err)
		}
		return
	}
	if got, most := c.Pages(), len(data)/minEntry; got > most {
		t.Fatalf("Pages() = %d from %d bytes, want at most %d", got, len(data), most)
	}
	c.Summary()
	expires, err := c.AppendExpiries(nil)
	if err != nil && !errors.Is(err, points.ErrCorrupt) {
		t.Fatalf("AppendExpiries: %v, want an ErrCorrupt", err)
	}
	var b points.Block
	for i := range c.Pages() {
		c.FetchPage(i) // wherever it is said to be
		first, _, n := c.Page(i)
		if _, err := c.AppendFloats(nil, i); c.Doubles() && err != nil && !errors.Is(err, points.ErrCorrupt) {
			t.Fatalf("AppendFloats: %v, want an ErrCorrupt", err)
		}
		if _, _, err := c.Below(i, first+1); err != nil && !errors.Is(err, points.ErrCorrupt) {
			t.Fatalf("Below: %v, want an ErrCorrupt", err)
		}
		before := b.Len()
		err := c.AppendPages(&b, i, i+1)
		if err != nil {
			if !errors.Is(err, points.ErrCorrupt) {
				t.Fatalf("AppendPages: %v, want an ErrCorrupt", err)
			}
			n = 0
		}
		if got, want := b.Len(), before+n; got != want {
			t.Fatalf("AppendPages left %d points, want %d", got, want)
		}
		if _, err := c.AppendTimes(nil, i); err != nil && !errors.Is(err, points.ErrCorrupt) {
			t.Fatalf("AppendTimes: %v, want an ErrCorrupt", err)
		}
		c.PagesSummary(i, c.Pages())
		if got, most := c.PagesBelow(i, first+1), c.Pages()-i; got < 0 || got > most {
			t.Fatalf("PagesBelow(%d) = %d, want at most %d", i, got, most)
		}
	}
	if err := c.Check(&b, expires); err != nil && !errors.Is(err, points.ErrCorrupt) {
		t.Fatalf("Check: %v, want an ErrCorrupt", err)
	}
}

// FuzzOpen reads hostile bytes, as they are and with a right checksum.
func FuzzOpen(f *testing.F) {
	for _, n := range []int{200, (columnsFrom-1)*PageSize + 20} {
		for _, b := range classes(n) {
			expires := make([]int64, b.Len())
			expires[3] = start
			f.Add(Append(nil, b, nil))
			f.Add(Append(nil, b, expires))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		readAll(t, data)
		readAll(t, seal(data, versionRows))
		readAll(t, seal(data, versionColumns))
	})
}

// blockOf makes a block of any bytes: 16 of them a point, the time's distance
// from the last and the value.
func blockOf(data []byte, class byte) *points.Block {
	b := points.Block{}
	switch class {
	case classTexts:
		b.Kind = points.Text
	case classOpaque:
		b.Kind, b.Type = points.Opaque, points.TypeComplex
	}
	at := int64(math.MinInt64)
	for ; len(data) >= 16; data = data[16:] {
		distance := binary.LittleEndian.Uint64(data)
		distance = max(1, distance>>(distance&63))
		if b.Len() > 0 && distance > uint64(math.MaxInt64)-uint64(at) {
			break
		}
		at += int64(distance)
		v := binary.LittleEndian.Uint64(data[8:])
		switch class {
		case classNulls:
			b.AppendNull(at)
		case classDoubles:
			b.AppendFloat(at, math.Float64frombits(v))
		case classLongs:
			b.AppendInt(at, int64(v))
		case classTexts:
			b.AppendText(at, string(data[8:8+v%9]))
		case classOpaque:
			b.AppendBytes(at, data[8:8+v%9])
		}
	}
	return &b
}

// FuzzRoundTrip encodes any points and compares what is read.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("sixteen bytes or sixteen bytes more"), byte(classDoubles))
	f.Add(binary.LittleEndian.AppendUint64(make([]byte, 40), math.Float64bits(20.5)), byte(classDoubles))
	f.Add(make([]byte, 16*130), byte(classLongs))
	f.Add(make([]byte, 16*PageSize*columnsFrom), byte(classDoubles))
	f.Fuzz(func(t *testing.T, data []byte, class byte) {
		b := blockOf(data, class%(classOpaque+1))
		var expires []int64
		if class > 127 {
			expires = append([]int64{}, b.Times...)
		}
		roundTrip(t, b, expires)
		runRoundTrip(t, b, expires)
	})
}

// FuzzParseRun reads hostile bytes as a run. What is accepted reads the same
// when it is encoded again.
func FuzzParseRun(f *testing.F) {
	for _, b := range classes(5) {
		f.Add(AppendRun(nil, b, nil))
		f.Add(AppendRun(nil, b, []int64{0, 1, 2, 3, start}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var b, again points.Block
		expires, err := ParseRun(data, &b, nil)
		if err != nil {
			if !errors.Is(err, points.ErrCorrupt) || b.Len() != 0 {
				t.Fatalf("ParseRun: %v with %d points, want an ErrCorrupt and none", err, b.Len())
			}
			return
		}
		got, err := ParseRun(AppendRun(nil, &b, expires), &again, nil)
		if err != nil {
			t.Fatalf("ParseRun of what AppendRun wrote: %v", err)
		}
		if diff := differ(&b, &again); b.Len() > 0 && diff != "" {
			t.Errorf("points (-want +got):\n%s", diff)
		}
		if soonest(expires) != 0 && !cmp.Equal(expires, got) {
			t.Errorf("expiries = %v, want %v", got, expires)
		}
	})
}

package folder

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/cockroachdb/pebble/v2/record"
)

// logOf is a log of Pebble's with some records, not closed or closed.
func logOf(t testing.TB, closed bool, records ...int) []byte {
	t.Helper()
	var out bytes.Buffer
	w := record.NewLogWriter(&out, 7, record.LogWriterConfig{WriteWALSyncOffsets: func() bool { return true }})
	for i, size := range records {
		if _, err := w.WriteRecord(bytes.Repeat([]byte{byte(i + 1)}, size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !closed {
		return out.Bytes()[:out.Len()-11]
	}
	return out.Bytes()
}

// TestJournal reads logs that are whole, cut off, and damaged.
func TestJournal(t *testing.T) {
	whole := logOf(t, true, 100, 70_000, 30)
	flipped := bytes.Clone(whole)
	flipped[60] ^= 1
	tests := []struct {
		name string
		text []byte
		want journal
	}{
		{"empty", nil, journal{}},
		{"closed", whole, journal{closed: true, records: 3}},
		{"not closed", logOf(t, false, 100, 70_000, 30), journal{records: 3}},
		{"cut off", whole[:50_000], journal{records: 2}},
		{"zeroes behind", append(logOf(t, false, 20), make([]byte, 5000)...), journal{records: 1}},
		{"a flip, and no word of a sync behind", flipped, journal{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records := 0
			got, err := readJournal(bytes.NewReader(tt.text), 7, func([]byte) { records++ })
			if err != nil || got != tt.want || records != got.records {
				t.Errorf("got %+v, %v and %d records, want %+v", got, err, records, tt.want)
			}
		})
	}
}

// chunksSaying are whole records of a log, each with up to where it says that the log
// was synced.
func chunksSaying(log uint32, synced ...uint64) (text []byte) {
	for _, at := range synced {
		chunk := append(make([]byte, 6), syncedChunks)
		binary.LittleEndian.PutUint16(chunk[4:], 30)
		chunk = binary.LittleEndian.AppendUint32(chunk, log)
		chunk = binary.LittleEndian.AppendUint64(chunk, at)
		chunk = append(chunk, make([]byte, 30)...)
		binary.LittleEndian.PutUint32(chunk, masked(crc32.Checksum(chunk[6:], crcTable)))
		text = append(text, chunk...)
	}
	return text
}

// TestJournalProof flips a bit of the third record of logs, which is 49 bytes long and
// begins at 98, and tells whether what stands behind proves that it was on the disk.
func TestJournalProof(t *testing.T) {
	for name, test := range map[string]struct {
		synced []uint64
		proven bool
	}{
		"nothing behind":                         {[]uint64{0, 0, 0}, false},
		"synced behind it":                       {[]uint64{0, 0, 0, 99}, true},
		"synced up to it":                        {[]uint64{0, 0, 0, 98, 98}, false},
		"two rises before it":                    {[]uint64{0, 1, 2, 2, 2}, false},
		"a sync that was under way":              {[]uint64{0, 0, 0, 0, 1}, false},
		"that, and a later one":                  {[]uint64{0, 0, 0, 0, 1, 2}, true},
		"a rise at the first, and one more":      {[]uint64{0, 0, 0, 1, 2, 2}, false},
		"a rise at the first, and two more":      {[]uint64{0, 0, 0, 1, 2, 2, 3}, true},
		"rises that others stand between":        {[]uint64{5, 5, 5, 5, 5, 6, 6, 6, 7}, true},
		"as many words of one sync as one wants": {[]uint64{0, 5, 5, 5, 6, 6, 6, 6, 6}, false},
	} {
		t.Run(name, func(t *testing.T) {
			text := chunksSaying(7, test.synced...)
			text[120] ^= 1
			got, err := readJournal(bytes.NewReader(text), 7, func([]byte) {})
			want := journal{records: 2, broken: test.proven}
			if test.proven {
				want.from = 98
			}
			if err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	}
}

// FuzzJournal reads any bytes as a log, as a manifest, and as an edit of one.
func FuzzJournal(f *testing.F) {
	f.Add(logOf(f, true, 5, 300), uint32(7))
	f.Add([]byte{1, 3, 'a', 'b', 'c', 2, 5, 4, 9, 103, 0, 1, 2, 1, 'k', 1, 'l', 3, 4, 66, 1, 1}, uint32(0))
	f.Fuzz(func(t *testing.T, text []byte, log uint32) {
		j, err := readJournal(bytes.NewReader(text), log, func(front []byte) { lastSequence(front) })
		if err != nil || j.broken && (j.closed || j.from > int64(len(text))) {
			t.Errorf("got %+v, %v", j, err)
		}
		if _, _, ok := lastSequence(text); ok && len(text) == 1 {
			t.Errorf("got an edit of one byte %x", text)
		}
	})
}

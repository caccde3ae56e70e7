package pebble

import (
	"cmp"
	"io"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/pebble/posting"
)

// merger lets Pebble join what batches say of one sheet or one posting, so that a
// write needs to know nothing of what is there.
func merger() *pebble.Merger {
	postings, sheets := posting.NewJoiner(), &sync.Pool{}
	sheets.New = func() any { return &sheetMerge{home: sheets} }
	return &pebble.Merger{
		Name: "aion.index.v2",
		Merge: func(key, value []byte) (pebble.ValueMerger, error) {
			if len(key) != 0 && key[0] == keySeries {
				m := sheets.Get().(*sheetMerge)
				return m, m.MergeNewer(value)
			}
			return postings.Begin(value), nil
		},
	}
}

// sheetMerge joins what batches have added to a sheet, in any order: what is said
// twice of a number is the same. Its memory is used again: Pebble asks for one for
// each sheet that it comes by.
type sheetMerge struct {
	home    *sync.Pool
	text    []byte // the values, one behind the other
	ends    []int  // of the values in text
	keys    []byte // of the series, one behind the other
	entries []birth
	reader  sheetReader
	writer  sheetWriter
}

// keptSheet is up to how many bytes of a merge are kept for the next.
const keptSheet = 64 << 10

// MergeNewer adds a value.
func (m *sheetMerge) MergeNewer(value []byte) error {
	m.text = append(m.text, value...)
	m.ends = append(m.ends, len(m.text))
	return nil
}

// MergeOlder adds a value.
func (m *sheetMerge) MergeOlder(value []byte) error { return m.MergeNewer(value) }

// Finish encodes the sheet.
func (m *sheetMerge) Finish(bool) (value []byte, _ io.Closer, err error) {
	if len(m.ends) == 1 {
		return m.text, m, nil
	}
	from := 0
	for _, to := range m.ends {
		for m.reader.open(0, m.text[from:to]); m.reader.next(); {
			at := len(m.keys)
			m.keys = append(m.keys, m.reader.key...)
			m.entries = append(m.entries, birth{number: m.reader.number, from: at, to: len(m.keys)})
		}
		if err := m.reader.err(); err != nil {
			return nil, nil, err
		}
		from = to
	}
	slices.SortFunc(m.entries, func(a, b birth) int { return cmp.Compare(a.number, b.number) })
	m.writer.reset()
	for i, e := range m.entries {
		if i == 0 || e.number != m.entries[i-1].number {
			m.writer.add(e.number, m.keys[e.from:e.to])
		}
	}
	return m.writer.buf, m, nil
}

// Close gives the memory back, that of what Finish has answered, too.
func (m *sheetMerge) Close() error {
	if cap(m.text)+cap(m.keys) <= keptSheet {
		m.text, m.ends, m.keys, m.entries = m.text[:0], m.ends[:0], m.keys[:0], m.entries[:0]
		m.home.Put(m)
	}
	return nil
}

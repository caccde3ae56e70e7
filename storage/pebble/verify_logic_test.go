package pebble

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage/chunk"
	"aion/storage/points"
)

// textsAt is a block of texts.
func textsAt(times ...int64) *points.Block {
	b := &points.Block{Kind: points.Text}
	for _, at := range times {
		b.AppendText(at, "t")
	}
	return b
}

// floatsAt is a block of doubles.
func floatsAt(times ...int64) *points.Block {
	b := &points.Block{}
	for _, at := range times {
		b.AppendFloat(at, 0.5)
	}
	return b
}

// expiringChunk is a chunk of points that expire.
func expiringChunk() []byte {
	var b points.Block
	b.AppendInt(0, 1)
	b.AppendInt(1, 1)
	return chunk.Append(nil, &b, []int64{5, 6})
}

// keyOfTags is a key as bytes whose tags stand as they are given.
func keyOfTags(tags ...points.Tag) []byte {
	k := points.Key{Metric: "cpu", Type: points.TypeLong, Tags: tags}
	return k.Append(nil)
}

// TestCheckComparesEntries: entries that are well by themselves, and do not go together,
// are told.
func TestCheckComparesEntries(t *testing.T) {
	tests := []struct {
		name   string
		damage func(s *Store) error
		want   string
	}{
		{"chunk of texts", func(s *Store) error {
			return s.db.Set(appendChunkKey(nil, 1, 50_000), chunk.Append(nil, textsAt(50_000, 50_001), nil), nil)
		}, "cpu{host=a} kairos_long from 50000 to"},
		{"chunk of doubles", func(s *Store) error {
			return s.db.Set(appendChunkKey(nil, 1, 50_000), chunk.Append(nil, floatsAt(50_000, 50_001), nil), nil)
		}, "cpu{host=a} kairos_long from 50000 to"},
		{"run of texts", func(s *Store) error {
			return s.db.Set(appendRunKey(nil, s.newest.Load(), 1, 99), appendRun(nil, nil, textsAt(3), nil), nil)
		}, "cpu{host=a} kairos_long: a run"},
		{"carried run of doubles", func(s *Store) error {
			return s.db.Set(appendCarriedKey(nil, 1, 99), appendRun(nil, nil, floatsAt(3), nil), nil)
		}, "cpu{host=a} kairos_long: a run"},
		{"large run of texts", func(s *Store) error {
			return s.db.Set(appendRunKey(nil, s.newest.Load(), 1, 99), appendChunkRun(nil, nil, textsAt(3, 4), nil), nil)
		}, "cpu{host=a} kairos_long: a run"},
		{"carried run of a later epoch", func(s *Store) error {
			return s.db.Set(appendCarriedKey(nil, 1, rankOf(s.newest.Load()+1, 1)), smallRun(1, 1), nil)
		}, "cpu{host=a} kairos_long"},
		{"carried group of a later epoch", func(s *Store) error {
			group, _ := grouping(0, 1)
			return s.db.Set(appendCarriedGroupKey(nil, 0, rankOf(s.newest.Load()+1, 1)), group, nil)
		}, "cpu{host=a} kairos_long"},
		{"counter behind", func(s *Store) error {
			now := s.newest.Load()
			return errors.Join(s.db.Set(appendCarriedKey(nil, 1, rankOf(now, 1)), smallRun(1, 1), nil),
				s.db.Set(metaEpoch, binary.BigEndian.AppendUint32(nil, now-1), nil))
		}, "the counter of epochs says"},
		{"not filed", func(s *Store) error { return s.db.Set(appendChunkKey(nil, 3, 0), expiringChunk(), nil) }, "cpu{host=c} kairos_long"},
		{"chunks lost", func(s *Store) error {
			return s.db.DeleteRange(appendNumbered(nil, keyChunk, 1), appendNumbered(nil, keyChunk, 2), nil)
		}, "cpu{host=a} kairos_long"},
		{"tags not sorted", func(s *Store) error {
			return rename(s, keyOfTags(points.Tag{Name: "z", Value: "1"}, points.Tag{Name: "a", Value: "1"}))
		}, "the key of series 2"},
		{"series twice", func(s *Store) error {
			a := cpu("a")
			return rename(s, a.Append(nil))
		}, "cpu{host=a} kairos_long: the dictionary says number 2 instead of 1"},
		{"tag twice", func(s *Store) error {
			return rename(s, keyOfTags(points.Tag{Name: "a", Value: "1"}, points.Tag{Name: "a", Value: "1"}))
		}, "the key of series 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
			defer s.Close()
			put(t, s, cpu("a"), 0, 19_999, 1)
			put(t, s, cpu("b"), 0, 19_999, 1)
			put(t, s, cpu("c"), 0, 1999, 1)
			if err := errors.Join(s.Compact(t.Context()), tt.damage(s)); err != nil {
				t.Fatal(err)
			}
			got := append(damages(t, s), leftovers(t, s)...)
			if !slices.ContainsFunc(got, func(d string) bool { return strings.HasPrefix(d, tt.want) }) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// leftovers is the series of which a check says that they may be left over.
func leftovers(t *testing.T, s *Store) (found []string) {
	t.Helper()
	_, err := s.Check(t.Context(), Checks{Leftover: func(series string) { found = append(found, series) }})
	must(t, err)
	return found
}

// TestLeftOver: names that retention of an older program has left, where the server was
// stopped in its midst, are told, and are no damage.
func TestLeftOver(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	put(t, s, cpu("a"), 0, 19_999, 1)
	must(t, errors.Join(s.Compact(t.Context()), s.dropBefore([]uint64{1}, 20_000)))
	for _, due := range entries(t, s, keyDue) {
		must(t, s.db.Delete([]byte(due[:len(due)-1]), nil)) // which older ones did not file
	}
	must(t, s.Verify(t.Context()))
	if got := leftovers(t, s); !slices.Equal(got, []string{"cpu{host=a} kairos_long"}) {
		t.Errorf("got %q, want the series", got)
	}
}

// rename gives the second series another key, in all entries.
func rename(s *Store, key []byte) error {
	var w sheetWriter
	a, b, c := cpu("a"), cpu("b"), cpu("c")
	w.add(1, a.Append(nil))
	w.add(2, key)
	w.add(3, c.Append(nil))
	batch := s.newBatch()
	err := errors.Join(batch.Set(appendSheetKey(nil, 1), w.buf, nil),
		batch.Delete(appendNumberKey(nil, fingerprintOf(b.Append(nil))), nil),
		batch.Set(appendNumberKey(nil, fingerprintOf(key)), binary.BigEndian.AppendUint64(nil, 2), nil))
	return errors.Join(err, s.commit(batch, pebble.NoSync))
}

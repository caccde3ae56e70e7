package pebble

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// TestCheckNamesDamage damages one entry of every kind: the check names it, and
// nothing else.
func TestCheckNamesDamage(t *testing.T) {
	posting := appendPosting(nil, postMetric, "cpu")
	a, b := cpu("a"), cpu("b")
	tests := []struct {
		name   string
		damage func(s *Store) error
		want   []string
	}{
		{"series lost", func(s *Store) error { return s.db.Set(appendSheetKey(nil, 1), sheetWith(2, b), nil) }, []string{
			fmt.Sprintf("the dictionary entry %x names no series", fingerprintOf(a.Append(nil))),
			`the series of number 1: the posting "a" has it`, `the posting "bcpu`, `the posting "ccpu`, `the posting "ehost`, `the posting "fhost`,
			`the series of number 1: the entry 63`,
		}},
		{"sheet garbled", func(s *Store) error { return s.db.Set(appendSheetKey(nil, 1), append(sheetWith(1, a), 2, 99), nil) }, []string{
			`parse keys of series from 0 on`, fmt.Sprintf("the dictionary entry %x names no series", fingerprintOf(b.Append(nil))),
			`the series of number 2: the posting "a" has it`, `the posting "bcpu`, `the posting "ccpu`, `the posting "ehost`, `the posting "fhost`,
			`the series of number 2: the entry 63`,
		}},
		{"number lost", func(s *Store) error { return s.db.Delete(appendNumberKey(nil, fingerprintOf(a.Append(nil))), nil) },
			[]string{"cpu{host=a} kairos_long: the dictionary says number 0 instead of 1"}},
		{"number of another", func(s *Store) error {
			return s.db.Set(appendNumberKey(nil, fingerprintOf(a.Append(nil))), []byte{0, 0, 0, 0, 0, 0, 0, 2}, nil)
		}, []string{"cpu{host=a} kairos_long: the dictionary says number 2 instead of 1", "names no series"}},
		{"posting lost", func(s *Store) error { return s.db.Delete(posting, nil) }, []string{
			`cpu{host=a} kairos_long: the posting "bcpu\x00\x01" lacks it`, `cpu{host=b} kairos_long: the posting "bcpu\x00\x01" lacks it`}},
		{"posting too many", func(s *Store) error {
			return s.db.Set(appendPosting(nil, postMetric, "mem"), []byte{0, 1, 1, 0, 0}, nil) // one number, 1, and none that is gone
		}, []string{`cpu{host=a} kairos_long: the posting "bmem\x00\x01" has it`}},
		{"posting of nobody", func(s *Store) error {
			return s.db.Set(appendPosting(nil, postMetric, "mem"), []byte{0, 0, 0, 0}, nil)
		}, []string{`the posting "bmem\x00\x01" has no series`}},
		{"posting garbled", func(s *Store) error { return s.db.Set(posting, []byte{9}, nil) },
			[]string{`the posting "bcpu\x00\x01": parse posting`, `lacks it`, `lacks it`}},
		{"chunk", func(s *Store) error { return flipEntry(s, appendChunkKey(nil, 2, 0)) },
			[]string{"cpu{host=b} kairos_long from 0 to 6666: a chunk"}},
		{"summary", func(s *Store) error { return lieOf(s, appendChunkKey(nil, 2, 0)) },
			[]string{"cpu{host=b} kairos_long from 0 to 6666: a chunk: check summary of page"}},
		{"chunk of nobody", func(s *Store) error { return s.db.Set(appendChunkKey(nil, 9, 0), []byte{1}, nil) },
			[]string{"the series of number 9: the entry", "the series of number 9 from 0 to 9223372036854775807: a chunk"}},
		{"run", func(s *Store) error { return s.db.Set(appendRunKey(nil, s.newest.Load(), 1, 99), []byte{0xff}, nil) },
			[]string{"cpu{host=a} kairos_long: a run: parse head"}},
		{"group", func(s *Store) error {
			group, _ := grouping(0, 1, 2, 3, 9)
			return s.db.Set(appendCarriedGroupKey(nil, 0, 1), group, nil)
		}, []string{"the series of number 3: the entry 67", "the series of number 9: the entry 67"}},
		{"group garbled", func(s *Store) error { return s.db.Set(appendRunGroupKey(nil, s.newest.Load(), 0, 1), []byte{9}, nil) },
			[]string{"cpu{host=a} kairos_long: parse a group of runs", "cpu{host=b} kairos_long: parse a group of runs"}},
		{"group of one cut off", func(s *Store) error {
			group, _ := grouping(0, 2)
			return s.db.Set(appendCarriedGroupKey(nil, 0, 1), group[:len(group)-1], nil)
		}, []string{"cpu{host=b} kairos_long: parse a group of runs"}},
		{"group of no epoch", func(s *Store) error {
			group, _ := grouping(0, 1)
			return s.db.Set(appendRunGroupKey(nil, s.newest.Load()+1, 0, 1), group, nil)
		}, []string{"cpu{host=a} kairos_long: a group of runs lies outside the epochs"}},
		{"filing", func(s *Store) error { return s.db.Set(appendNumbered(nil, keyFiled, 1), make([]byte, 8), nil) },
			[]string{"cpu{host=a} kairos_long: it is not filed under 0"}},
		{"stranger", func(s *Store) error { return s.db.Set([]byte("y"), nil, nil) }, []string{`the entry "y" is of no known kind`}},
		{"counter", func(s *Store) error { return s.db.Set([]byte("mq"), nil, nil) }, []string{`the counter "mq"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
			defer s.Close()
			put(t, s, a, 0, 19_999, 1)
			put(t, s, b, 0, 19_999, 1)
			if err := errors.Join(s.Compact(t.Context()), tt.damage(s)); err != nil {
				t.Fatal(err)
			}
			got := damages(t, s)
			for _, want := range tt.want {
				i := slices.IndexFunc(got, func(d string) bool { return strings.Contains(d, want) })
				if i < 0 {
					t.Fatalf("got %q, want %q", got, want)
				}
				got = slices.Delete(got, i, i+1)
			}
			if len(got) != 0 {
				t.Errorf("got %q, too", got)
			}
		})
	}
}

// sheetWith is a sheet of one series.
func sheetWith(number uint64, k points.Key) []byte {
	var w sheetWriter
	w.add(number, k.Append(nil))
	return w.buf
}

// lieOf makes a chunk tell something else of one of its pages than its points say,
// with a right checksum.
func lieOf(s *Store, key []byte) error {
	v, closer, err := s.db.Get(key)
	if err != nil {
		return err
	}
	told := append([]byte{}, v...)
	sum := len(told) - 4
	told[sum-5] ^= 1 // before the directory's length
	binary.LittleEndian.PutUint32(told[sum:], crc32.Checksum(told[:sum], crc32.MakeTable(crc32.Castagnoli)))
	return errors.Join(closer.Close(), s.db.Set(key, told, nil))
}

// flipEntry flips a bit of an entry's value.
func flipEntry(s *Store, key []byte) error {
	value, closer, err := s.db.Get(key)
	if err != nil {
		return err
	}
	flipped := bytes.Clone(value)
	flipped[len(flipped)/2] ^= 4
	return errors.Join(closer.Close(), s.db.Set(key, flipped, nil))
}

// damages is what a check of a store finds, in words.
func damages(t *testing.T, s *Store) (found []string) {
	t.Helper()
	_, err := s.Check(t.Context(), Checks{Damaged: func(d Damage) {
		if !errors.Is(d, points.ErrCorrupt) {
			t.Errorf("%v is no %v", d, points.ErrCorrupt)
		}
		found = append(found, d.Error())
	}})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestCheckGoesOnBehindDamage damages a block in the middle of a table: the
// ranges that cannot be read are named, and what lies behind is read.
func TestCheckGoesOnBehindDamage(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Config{Dir: dir, still: true})
	hosts, rng := []string{"a", "b", "c"}, rand.New(rand.NewPCG(1, 2))
	for _, host := range hosts {
		var b points.Block
		for at := range int64(60_000) {
			b.AppendInt(at, rng.Int64())
		}
		var batch storage.Batch
		batch.Put(cpu(host), b, 0)
		if err := s.Write(t.Context(), &batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Compact(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) != 1 {
		t.Fatalf("got %v, %v, want one table", tables, err)
	}
	text := mustRead(t, tables[0])
	text[len(text)/3] ^= 8
	if err := os.WriteFile(tables[0], text, 0o644); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, Config{Dir: dir, still: true})
	defer s.Close()
	lost := map[string]points.Range{}
	tally, err := s.Check(t.Context(), Checks{Damaged: func(d Damage) { lost[d.Series] = d.Range }})
	if err != nil || tally.Series != 3 || len(lost) < 2 || len(lost) > 3 {
		t.Fatalf("got %+v, %v, %v, want three series, and lost ranges of one or two beside the table", tally, lost, err)
	}
	for _, host := range hosts {
		r, damaged := lost[cpu(host).String()]
		if _, err := readRange(t, s, cpu(host), points.Always); err != nil && !damaged {
			t.Errorf("%s is not damaged, and %v", host, err)
		}
		if damaged && r.Empty() {
			t.Errorf("%s: got an empty range", host)
		}
	}
}

// TestSearch finds the first position that is far enough, wherever that is, the last
// one included, and looks at few others.
func TestSearch(t *testing.T) {
	most := uint64(math.MaxUint64)
	rng := rand.New(rand.NewPCG(7, 7))
	draw := func() position { return position{rng.Uint64() >> rng.IntN(64), rng.Uint64() >> rng.IntN(64)} }
	above := func(p, q position) bool { return p[0] > q[0] || p[0] == q[0] && p[1] > q[1] }
	last := position{most, most}
	pairs := [][2]position{{{1 << 63, 0}, last}, {{most, most - 1}, last}, {{0, 0}, last}, {{most, 5}, {most, 6}}}
	for range 1000 {
		if p, q := draw(), draw(); above(q, p) {
			pairs = append(pairs, [2]position{p, q})
		}
	}
	for _, pair := range pairs {
		var found position
		asked := 0
		pair[0].search(func(p position) bool {
			if asked++; above(pair[1], p) {
				return false
			}
			found = p
			return true
		})
		if found != pair[1] || asked > 2*129 {
			t.Errorf("behind %x: got %x after %d looks, want %x", pair[0], found, asked, pair[1])
		}
	}
	for _, from := range []position{{}, {1 << 63, 0}, {most, most - 1}, last} {
		from.search(func(p position) bool {
			if !above(p, from) {
				t.Errorf("behind %x: %x was looked at", from, p)
			}
			return false
		})
	}
}

// TestPositions adds and halves where carries are.
func TestPositions(t *testing.T) {
	most := uint64(math.MaxUint64)
	for _, tt := range []struct {
		from  position
		shift int
		want  position
	}{
		{position{0, most}, 0, position{1, 0}},
		{position{0, 5}, 127, position{1 << 63, 5}},
		{position{most, most}, 3, position{most, most}},
		{position{most, most - 7}, 3, position{most, most}},
		{position{1 << 63, 0}, 127, position{most, most}},
		{position{0, 0}, 128, position{most, most}},
	} {
		if got := tt.from.plus(tt.shift); got != tt.want || got.last() != (tt.want == position{most, most}) {
			t.Errorf("%v and %d bits: got %v, want %v", tt.from, tt.shift, got, tt.want)
		}
	}
	if got, want := (position{0, most}).between(position{2, most}), (position{1, most}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := digits([]byte("cAB")).key('c'), "cAB"+strings.Repeat("\x00", 14); string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

package pebble

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// manyHosts is a batch with a point at a time of so many series.
func manyHosts(prefix string, n int, at int64) *storage.Batch {
	var batch storage.Batch
	var b points.Block
	b.AppendInt(at, at)
	for host := range n {
		batch.Put(cpu(fmt.Sprintf("%s%05d", prefix, host)), b, 0)
	}
	return &batch
}

// lostSeries is how many series a folder has whose numbers are damaged in part.
const lostSeries = 6000

// withLostNumbers calls f with a folder for each of two blocks that hold nothing but
// numbers of series, in which that block is damaged.
func withLostNumbers(t *testing.T, f func(t *testing.T, fs vfs.FS)) {
	t.Helper()
	origin := vfs.NewMem()
	s := mustOpen(t, Config{Dir: "db", fs: origin, still: true})
	if err := errors.Join(s.Write(t.Context(), manyHosts("old", lostSeries, 1)), s.Compact(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	table, tried := soleTable(t, origin), 0
	for _, b := range dataBlocks(t, origin, table) {
		fs := copyOf(t, origin)
		flipAt(t, fs, table, int64(b.Offset+b.Length/2))
		if tried < 2 && onlyNumbersDamaged(t, fs) {
			tried++
			t.Run(fmt.Sprint("block at ", b.Offset), func(t *testing.T) { f(t, fs) })
		}
	}
	if tried != 2 {
		t.Errorf("%d blocks hold nothing but numbers, want two", tried)
	}
}

// onlyNumbersDamaged tells whether of all kinds of entries the numbers of series alone
// cannot be read.
func onlyNumbersDamaged(t *testing.T, fs vfs.FS) bool {
	t.Helper()
	s, err := Open(Config{Dir: "db", fs: fs, still: true})
	if errors.Is(err, points.ErrCorrupt) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var damaged []byte
	for prefix := byte('a'); prefix <= 'z'; prefix++ {
		if everyEntry(s.db, prefix, func(_, _ []byte) error { return nil }) != nil {
			damaged = append(damaged, prefix)
		}
	}
	return string(damaged) == string([]byte{keyNumber})
}

// TestLostNumbers: where numbers of series cannot be read, series begin and go on in
// large batches and by themselves: none has two numbers, and none has points of another.
func TestLostNumbers(t *testing.T) {
	withLostNumbers(t, func(t *testing.T, fs vfs.FS) {
		for life := int64(2); life < 4; life++ {
			s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
			prefix := fmt.Sprint("new", life, "-")
			must(t, s.Write(t.Context(), manyHosts("old", lostSeries/2, life)))
			must(t, s.Write(t.Context(), manyHosts(prefix, lostSeries, life)))
			for _, k := range []points.Key{cpu("old00000"), cpu("old05999"), cpu("more" + prefix)} {
				var batch storage.Batch
				var b points.Block
				b.AppendInt(life*10, life)
				batch.Put(k, b, 0)
				must(t, s.Write(t.Context(), &batch))
			}
			if got, want := len(seriesOf(t, s)), lostSeries+(lostSeries+1)*int(life-1); got != want {
				t.Errorf("in life %d there are %d series, want %d", life, got, want)
			}
			for _, host := range []int{1, 17, lostSeries/2 - 1} {
				sameTimes(t, s, cpu(fmt.Sprintf("old%05d", host)), times(1, life, 1))
				sameTimes(t, s, cpu(fmt.Sprintf("%s%05d", prefix, host)), []int64{life})
			}
			if s.damaged.Load() == 0 {
				t.Errorf("in life %d no damage is counted", life)
			}
			must(t, s.Close())
		}
	})
}

// TestLostNumberFound: of a series whose number is damaged postings and the sheet tell the
// number, whatever series there are beside it; the number is stored anew.
func TestLostNumberFound(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	tagged := func(tags ...points.Tag) points.Key {
		return points.Key{Metric: "cpu", Type: points.TypeLong, Tags: tags}
	}
	keys := []points.Key{tagged(), cpu("a"), cpu("b"), {Metric: "cpu", Type: points.TypeDouble, Tags: cpu("a").Tags}, tagged(points.Tag{Name: "host", Value: "a"}, points.Tag{Name: "zone", Value: "a"})}
	must(t, s.Write(t.Context(), manyHosts("h", 3*byKey, 1)))
	for i := range keys {
		must(t, s.Write(t.Context(), onePoint(keys[i], 1)))
	}
	for i := range keys {
		number, entry := numberOf(t, s, keys[i]), appendNumberKey(nil, fingerprintOf(keys[i].Append(nil)))
		must(t, s.db.Set(entry, []byte("x"), nil))
		s.dict.forget([]digest{digestOf(s, keys[i])})
		s.dict.whole = false
		must(t, s.Write(t.Context(), onePoint(keys[i], 2)))
		if got := numberOf(t, s, keys[i]); got != number {
			t.Errorf("%s has number %d, want %d", &keys[i], got, number)
		}
	}
	verified(t, s)
}

// onePoint is a batch with a point of a series.
func onePoint(k points.Key, at int64) *storage.Batch {
	var batch storage.Batch
	var b points.Block
	if b.Reset(points.Number); k.Type == points.TypeDouble {
		b.AppendFloat(at, 1)
	} else {
		b.AppendInt(at, 1)
	}
	batch.Put(k, b, 0)
	return &batch
}

// TestLostNumberOthersDamaged: a posting of another tag that is damaged behind the series'
// own number does not take the series out of those that it may be.
func TestLostNumberOthersDamaged(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	k := points.Key{Metric: "cpu", Type: points.TypeLong}
	must(t, s.Write(t.Context(), onePoint(k, 1)))
	must(t, s.Write(t.Context(), manyHosts("h", 3*byKey, 1)))
	number := numberOf(t, s, k)
	if number != 1 {
		t.Fatalf("got number %d, want 1", number)
	}
	must(t, s.db.Set(appendPosting(nil, postTag, "cpu", "host"), []byte{0, 1, 1, 0xff}, nil))
	must(t, s.db.Set(appendNumberKey(nil, fingerprintOf(k.Append(nil))), []byte("x"), nil))
	s.dict.forget([]digest{digestOf(s, k)})
	s.dict.whole = false
	must(t, s.Write(t.Context(), onePoint(k, 2)))
	if got := numberOf(t, s, k); got != number {
		t.Errorf("got number %d, want %d", got, number)
	}
}

// TestLostNumberUndecided: a series whose number is damaged is refused by name where what
// is damaged, too, may be its own, and not where that is another's.
func TestLostNumberUndecided(t *testing.T) {
	a := cpu("h00001")
	fingerprint := appendNumberKey(nil, fingerprintOf(a.Append(nil)))
	value := appendPosting(nil, postValue, "host", "h00001", "cpu")
	metric := appendPosting(nil, postMetric, "cpu")
	for name, of := range map[string]struct {
		damaged [][]byte
		hosts   int
		refused bool
	}{
		"metric":          {[][]byte{metric}, 10, false},
		"value":           {[][]byte{value}, 10, false},
		"both":            {[][]byte{value, metric}, 10, true},
		"value of many":   {[][]byte{value}, lostAmong + 1, true},
		"sheet":           {[][]byte{appendSheetKey(nil, 0)}, 10, true},
		"another's sheet": {[][]byte{appendSheetKey(nil, sheetSize)}, 2 * sheetSize, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
			defer s.Close()
			must(t, s.Write(t.Context(), manyHosts("h", of.hosts, 1)))
			number := numberOf(t, s, a)
			for _, key := range append(of.damaged, fingerprint) {
				must(t, s.db.Set(key, []byte{0xff}, nil))
			}
			s.dict.forget([]digest{digestOf(s, a)})
			s.dict.whole = false
			err := s.Write(t.Context(), onePoint(a, 2))
			if of.refused {
				if !errors.Is(err, points.ErrCorrupt) || !strings.Contains(err.Error(), "find the number of "+a.String()) {
					t.Errorf("got %v, want damage that names the series", err)
				}
				return
			}
			if must(t, err); numberOf(t, s, a) != number {
				t.Errorf("got number %d, want %d", numberOf(t, s, a), number)
			}
		})
	}
}

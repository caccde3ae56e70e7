package cassandra

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"testing"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage/cassandra/cassandratest"
	"aion/storage/codec"
	"aion/storage/points"
)

// pointsRoom is a store whose table data_points is filled by plain CQL.
type pointsRoom struct {
	testing.TB
	store   *Store
	session *gocql.Session
	own     *conn // with another layout than the store's
}

// openPoints opens a store on a keyspace of its own.
func openPoints(t testing.TB, l codec.Layout) *pointsRoom {
	t.Helper()
	node := cassandratest.Shared(t)
	keyspace := node.Keyspace(t)
	store, err := Open(t.Context(), Config{Write: Cluster{Hosts: []string{node.Host()}, Keyspace: keyspace}, Layout: l})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return &pointsRoom{TB: t, store: store, session: node.Session(t, keyspace)}
}

// conn is the connection that series are read by.
func (p *pointsRoom) conn() *conn {
	p.Helper()
	if p.own != nil {
		return p.own
	}
	c, err := p.store.writer()
	if err != nil {
		p.Fatal(err)
	}
	return c
}

// use reads rows of another layout from now on. The store's own stays.
func (p *pointsRoom) use(l codec.Layout) {
	p.Helper()
	c := p.conn()
	p.own = &conn{cluster: c.cluster, session: c.session, layout: l, read: c.read, write: c.write}
}

// storedCell is one row of data_points.
type storedCell struct{ key, column, value []byte }

// insert writes cells in batches of one partition.
func (p *pointsRoom) insert(cells []storedCell) {
	p.Helper()
	cells = slices.Clone(cells)
	slices.SortStableFunc(cells, func(a, b storedCell) int { return slices.Compare(a.key, b.key) })
	for len(cells) > 0 {
		n := 1
		for n < min(len(cells), 500) && string(cells[n].key) == string(cells[0].key) {
			n++
		}
		batch := p.session.Batch(gocql.UnloggedBatch)
		for _, c := range cells[:n] {
			batch.Query(`INSERT INTO data_points (key, column1, value) VALUES (?, ?, ?)`, c.key, c.column, c.value)
		}
		if err := batch.ExecContext(p.Context()); err != nil {
			p.Fatal(err)
		}
		cells = cells[n:]
	}
}

// remove takes whole partitions away.
func (p *pointsRoom) remove(cells []storedCell) {
	p.Helper()
	last := ""
	for _, c := range cells {
		if string(c.key) == last {
			continue
		}
		last = string(c.key)
		if err := p.session.Query(removeRow, c.key).ExecContext(p.Context()); err != nil {
			p.Fatal(err)
		}
	}
}

// storedSeries is a series as it is stored: cells by row and column.
type storedSeries struct {
	layout codec.Layout
	key    points.Key
	plain  bool // rows without a type
	cells  map[string]storedCell
	at     map[string][2]int64 // row and time of each cell
	text   map[string]string   // its value for people
}

// newStored is a series without points.
func newStored(l codec.Layout, key points.Key) *storedSeries {
	return &storedSeries{layout: l, key: key, cells: map[string]storedCell{}, at: map[string][2]int64{}, text: map[string]string{}}
}

// put stores number n at a time, in the form of the series' type.
func (s *storedSeries) put(at, n int64) {
	row := s.layout.RowTime(at)
	var column [4]byte
	s.layout.PutColumn(&column, at, row)
	value, text := s.value(n)
	key := codec.AppendRowKey(nil, &s.key, row)
	if s.plain && n%2 != 0 {
		column[3] |= 1
		value, text = binary.BigEndian.AppendUint32([]byte{1}, math.Float32bits(float32(n))), printFloat(float64(n))
	}
	id := string(key) + string(column[:])
	s.cells[id] = storedCell{key, column[:], value}
	s.at[id] = [2]int64{row, s.layout.Time(row, column[:])}
	s.text[id] = text
}

// value is number n as it is stored and as a reader prints it.
func (s *storedSeries) value(n int64) ([]byte, string) {
	whole := strconv.FormatInt(n, 10)
	switch {
	case s.plain:
		return binary.BigEndian.AppendUint64(nil, uint64(n)), whole
	case s.key.Type == points.TypeLong:
		return codec.AppendLong(nil, n), whole
	case s.key.Type == points.TypeDouble:
		return codec.AppendDouble(nil, float64(n)/4), printFloat(float64(n) / 4)
	case s.key.Type == points.TypeText:
		value, _ := codec.AppendText(nil, "v"+whole)
		return value, "v" + whole
	case s.key.Type == points.TypeNull:
		return []byte{}, "null"
	case s.key.Type == points.TypeLegacy:
		return codec.AppendLong([]byte{0}, n), whole
	}
	return []byte(whole), "[" + whole + "]"
}

// printFloat prints a double.
func printFloat(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) + "f" }

// stored are all cells.
func (s *storedSeries) stored() []storedCell {
	all := make([]storedCell, 0, len(s.cells))
	for _, c := range s.cells {
		all = append(all, c)
	}
	return all
}

// want is what a cursor over a range must give: of one time, the lowest row's
// value, and of one row the lowest column's.
func (s *storedSeries) want(r points.Range, o points.Order) []string {
	var ids []string
	for id, at := range s.at {
		if r.Holds(at[1]) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		x, y := s.at[a], s.at[b]
		return cmp.Or(cmp.Compare(x[1], y[1]), cmp.Compare(x[0], y[0]), cmp.Compare(a, b))
	})
	ids = slices.CompactFunc(ids, func(a, b string) bool { return s.at[a][1] == s.at[b][1] })
	var out []string
	for _, id := range ids {
		out = append(out, fmt.Sprint(s.at[id][1], " ", s.text[id]))
	}
	if o == points.Desc {
		slices.Reverse(out)
	}
	return out
}

// series is the handle that a store gives of s, of all its rows.
func (s *storedSeries) series(store *Store, conns ...*conn) *series {
	var rows []row
	seen := map[int64]bool{}
	for _, at := range s.at {
		if !seen[at[0]] {
			seen[at[0]] = true
			for _, c := range conns {
				rows = append(rows, row{conn: c, time: at[0], untyped: s.plain})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.time, b.time) })
	return &series{store: store, key: s.key, rows: rows}
}

// readAllOf prints all points of a cursor, checks its order and closes it.
func readAllOf(t testing.TB, c points.Cursor) []string {
	t.Helper()
	defer c.Close()
	var out []string
	var b points.Block
	for {
		err := c.Next(t.Context(), &b)
		if err == io.EOF {
			if again := c.Next(t.Context(), &b); again != io.EOF || b.Len() != 0 {
				t.Fatalf("after the end: %d points, %v", b.Len(), again)
			}
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := b.Len(); n == 0 || n > points.BlockSize {
			t.Fatalf("a block of %d points", n)
		}
		for i := range b.Times {
			out = append(out, fmt.Sprint(b.Times[i], " ", printPoint(&b, i)))
		}
	}
}

// printPoint prints a value.
func printPoint(b *points.Block, i int) string {
	switch {
	case b.Kind == points.Text:
		return b.Texts[i]
	case b.Kind == points.Opaque:
		return "[" + string(b.Bytes[i]) + "]"
	case b.Null(i):
		return "null"
	case b.Int(i):
		return strconv.FormatInt(b.Ints[i], 10)
	}
	return printFloat(b.Floats[i])
}

// idle fails the test where a store still fetches, holds or reads something.
func idle(t testing.TB, s *Store) {
	t.Helper()
	f := s.fetching
	if f.held.Load() != 0 || f.open.Load() != 0 || len(f.slots) != 0 || len(f.behind) != 0 {
		t.Errorf("%d bytes are held, %d cursors open, %d and %d requests under way",
			f.held.Load(), f.open.Load(), len(f.slots), len(f.behind))
	}
}

// sameLines fails the test at the first difference.
func sameLines(t testing.TB, what string, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%s: %d points, want %d; point %d is %q, want %q", what, len(got), len(want), i, at(got, i), at(want, i))
		}
	}
}

// at is line i, or nothing.
func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// oneBlock reads a cursor's first block and closes it.
func oneBlock(ctx context.Context, t testing.TB, c points.Cursor) int {
	t.Helper()
	var b points.Block
	if err := c.Next(ctx, &b); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}

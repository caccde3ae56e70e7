package cassandra

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage"
	"aion/storage/points"
)

// statement is a statement of a sheet as text: what it does, the columns counted
// from that of someTime, the value and the life.
func statement(e gocql.BatchEntry) string {
	arg := func(i int) []byte { return *e.Args[i].(*cell) }
	column := func(b []byte) string {
		return fmt.Sprint(binary.BigEndian.Uint32(b) - uint32(someTime-someRow))
	}
	switch e.Stmt {
	case removePoint:
		return "remove " + column(arg(1))
	case insertPoint:
		return fmt.Sprintf("put %s = %x for %d", column(arg(1)), arg(2), binary.BigEndian.Uint32(arg(3)))
	case insertPoints:
		var columns []string
		list := arg(3)
		for rest := list[4:]; len(rest) > 0; rest = rest[8:] {
			columns = append(columns, column(rest[4:8]))
		}
		if n := binary.BigEndian.Uint32(list); int(n) != len(columns) {
			return fmt.Sprintf("a list of %d columns that says %d", len(columns), n)
		}
		return fmt.Sprintf("put %s = %x for %d", strings.Join(columns, " "), arg(1), binary.BigEndian.Uint32(arg(0)))
	}
	return e.Stmt
}

// TestPack: points of a row that have the same value and the same life share a
// statement, and no others do.
func TestPack(t *testing.T) {
	long := make([]int64, 0, 2*mostAlike+2)
	for i := range int64(mostAlike + 1) {
		long = append(long, someTime+i, 1)
	}
	tests := []struct {
		name string
		make func(b *storage.Batch)
		want []string
	}{
		{"one point", func(b *storage.Batch) { b.Put(cpu("a"), longs(someTime, 1), 0) }, []string{"put 0 = 02 for 0"}},
		{"all differ", func(b *storage.Batch) { b.Put(cpu("a"), longs(someTime, 1, someTime+1, 2), 0) },
			[]string{"put 0 = 02 for 0", "put 1 = 04 for 0"}},
		{"two values", func(b *storage.Batch) {
			b.Put(cpu("a"), longs(someTime, 1, someTime+1, 2, someTime+2, 1, someTime+3, 2, someTime+4, 1), 0)
		}, []string{"put 0 2 4 = 02 for 0", "put 1 3 = 04 for 0"}},
		{"two lives", func(b *storage.Batch) {
			b.Put(cpu("a"), longs(someTime, 1, someTime+1, 1), 0)
			b.Put(cpu("a"), longs(someTime+2, 1, someTime+3, 1), time.Minute)
		}, []string{"put 0 1 = 02 for 0", "put 2 3 = 02 for 60"}},
		{"lives by turns", func(b *storage.Batch) {
			for i := range int64(3) {
				b.Put(cpu("a"), longs(someTime+i, 1), time.Duration(i%2)*time.Minute)
			}
		}, []string{"put 0 2 = 02 for 0", "put 1 = 02 for 60"}},
		{"removed between", func(b *storage.Batch) {
			b.Put(cpu("a"), longs(someTime, 1, someTime+2, 1), 0)
			b.Remove(cpu("a"), someTime+1, someTime+3)
		}, []string{"put 0 2 = 02 for 0", "remove 1", "remove 3"}},
		{"two rows", func(b *storage.Batch) {
			b.Put(cpu("a"), longs(someTime, 1, someTime+1, 1), 0)
			b.Put(cpu("b"), longs(someTime, 1), 0)
		}, []string{"put 0 1 = 02 for 0", "put 0 = 02 for 0"}},
		{"as many as a statement takes, and one", func(b *storage.Batch) { b.Put(cpu("a"), longs(long...), 0) },
			[]string{"put " + numbers(mostAlike) + " = 02 for 0", fmt.Sprintf("put %d = 02 for 0", mostAlike)}},
	}
	var f sheet
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b storage.Batch
			tt.make(&b)
			p := planned(t, &b)
			for _, batch := range p.batches(func([]byte) string { return "" }) {
				f.pack(p, batch, true)
			}
			var got []string
			for _, e := range f.entries {
				got = append(got, statement(e))
			}
			if !slices.Equal(got, tt.want) || f.points != p.size() {
				t.Errorf("got %q of %d points, want %q of %d", got, f.points, tt.want, p.size())
			}
		})
	}
}

// TestPackApart: where the table is not compact, points that end have a statement
// each.
func TestPackApart(t *testing.T) {
	var b storage.Batch
	b.Put(cpu("a"), longs(someTime, 1, someTime+1, 1), time.Minute)
	b.Put(cpu("a"), longs(someTime+2, 1, someTime+3, 1), 0)
	p := planned(t, &b)
	var f sheet
	f.pack(p, []span{{0, 0, 4}}, false)
	var got []string
	for _, e := range f.entries {
		got = append(got, statement(e))
	}
	if want := []string{"put 0 = 02 for 60", "put 1 = 02 for 60", "put 2 3 = 02 for 0"}; !slices.Equal(got, want) || f.points != 4 {
		t.Errorf("got %q of %d points, want %q of 4", got, f.points, want)
	}
}

// numbers are the numbers below n.
func numbers(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprint(i))
	}
	return strings.Join(all, " ")
}

// BenchmarkSheet makes the statements of 500 points whose values are all alike,
// a few, or all different, one by one and together.
func BenchmarkSheet(b *testing.B) {
	for _, values := range []int64{1, 50, 500} {
		var batch storage.Batch
		var block points.Block
		for i := range int64(500) {
			block.AppendFloat(someTime+i, float64(i%values)+0.5)
		}
		batch.Put(points.Key{Metric: "m", Type: points.TypeDouble}, block, 0)
		p := planned(b, &batch)
		var f sheet
		for _, way := range []struct {
			name string
			make func(*plan, []span)
		}{{"fill", f.fill}, {"pack", func(p *plan, s []span) { f.pack(p, s, true) }}} {
			b.Run(fmt.Sprintf("values=%d/way=%s", values, way.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					way.make(p, []span{{0, 0, 500}})
				}
				b.ReportMetric(500*float64(b.N)/b.Elapsed().Seconds(), "points/s")
			})
		}
	}
}

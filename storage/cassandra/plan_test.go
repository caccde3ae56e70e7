package cassandra

import (
	"errors"
	"hash/maphash"
	"testing"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// planned is a batch cut into rows as of someTime.
func planned(t testing.TB, b *storage.Batch) *plan {
	t.Helper()
	p := &plan{layout: codec.Default(), reaper: (&Config{}).reaper(someTime, 0), seeds: &seeds{maphash.MakeSeed(), maphash.MakeSeed()}}
	p.reset()
	if err := p.load(b); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPlanAllocates: cutting a batch into rows and making its statements a second
// time allocates nothing for each point.
func TestPlanAllocates(t *testing.T) {
	var b storage.Batch
	var block points.Block
	for j := range int64(10_000) {
		block.AppendFloat(someTime+j, 1.5)
	}
	b.Put(points.Key{Metric: "m", Type: points.TypeDouble}, block, 0)
	p := planned(t, &b)
	var f sheet
	fill := func() {
		p.reset()
		if err := p.load(&b); err != nil {
			t.Fatal(err)
		}
		f.fill(p, []span{{0, 0, 500}})
		f.pack(p, []span{{0, 0, 500}}, true)
	}
	fill()
	if got := testing.AllocsPerRun(10, fill); got > 10 {
		t.Errorf("a batch of 10,000 points allocates %v times, want a few", got)
	}
}

// TestPlanForgets: a plan that is used again holds nothing of the batch before.
func TestPlanForgets(t *testing.T) {
	p := planned(t, put(cpu("a"), 0, someTime, 1, someTime+1, 2, someTime+1_900_000_000, 3))
	if len(p.rows) != 2 || len(p.times) != 2 || p.size() != 3 {
		t.Fatalf("%d rows, %d row times, %d cells; want 2, 2, 3", len(p.rows), len(p.times), p.size())
	}
	p.reset()
	if err := p.load(put(cpu("b"), 0, someTime, 4)); err != nil {
		t.Fatal(err)
	}
	if len(p.rows) != 1 || len(p.times) != 1 || p.size() != 1 || p.rows[0].key.Tags[0].Value != "b" {
		t.Errorf("%d rows, %d row times, %d cells of %v; want one of each of b", len(p.rows), len(p.times), p.size(), p.rows[0].key)
	}
}

// TestPlanRefused: a row whose index the server refuses is not written, nor are
// all rows of a row time that it refuses; the others are.
func TestPlanRefused(t *testing.T) {
	why := errors.New("why")
	tests := []struct {
		name    string
		refused int // a row, or one behind the four rows: a row time
		want    int
	}{
		{"a row", 1, 3},
		{"a row time", 4, 2},
		{"the other row time", 5, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := put(cpu("a"), 0, someTime, 1, someTime+1_900_000_000, 2)
			b.Put(cpu("b"), longs(someTime, 1, someTime+1_900_000_000, 2), 0)
			p := planned(t, b)
			p.refuse(tt.refused, why)
			got := 0
			for _, batch := range p.batches(func([]byte) string { return "" }) {
				got += len(batch)
			}
			if got != tt.want {
				t.Errorf("%d rows are written, want %d", got, tt.want)
			}
		})
	}
}

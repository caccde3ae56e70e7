package cassandra

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage"
	"aion/storage/points"
)

// TestWriteUnavailable: what was not acknowledged is an error that says how many
// points that are; index rows that were not acknowledged do not count as there.
func TestWriteUnavailable(t *testing.T) {
	s := opened(t, Config{Timeout: 200 * time.Millisecond})
	c, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	level := c.write
	c.write = gocql.Three // of one node
	b := put(cpu("a"), 0, someTime, 1, someTime+1, 2)
	if err := s.Write(t.Context(), b); !errors.Is(err, points.ErrUnavailable) || !strings.Contains(err.Error(), "2 points were not stored") {
		t.Errorf("new series: got %v, want ErrUnavailable of 2 points", err)
	}
	wants(t, "stored", stored(t, s, cpu("a")))
	c.write = level
	writes(t, s, b)
	if got := indexedIn(t, s, cpu("a")); got != everywhere {
		t.Errorf("afterwards: got %s, want %s", got, everywhere)
	}
	c.write = gocql.Three
	if err := s.Write(t.Context(), b); !errors.Is(err, points.ErrUnavailable) || !strings.Contains(err.Error(), "2 of 2 points are not surely stored") {
		t.Errorf("known series: got %v, want ErrUnavailable of 2 points", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Write(ended, b); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that has ended: got %v, want %v", err, context.Canceled)
	}
}

// TestWriteEnds: a call that ends in the middle says so and leaves nothing
// running.
func TestWriteEnds(t *testing.T) {
	s := opened(t, Config{Writing: 2})
	var b storage.Batch
	for i := range 50 {
		var block points.Block
		for j := range int64(500) {
			block.AppendInt(someTime+j, j)
		}
		b.Put(cpu(fmt.Sprint(i)), block, 0)
	}
	for _, after := range []time.Duration{0, time.Millisecond, 20 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		err := s.Write(ctx, &b)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended after %s: got %v, want %v", after, err, context.DeadlineExceeded)
		}
	}
	writes(t, s, &b)
	if got := len(rowsOf(t, s, `SELECT column1 FROM data_points`)); got != 25_000 {
		t.Errorf("%d points are stored, want 25000", got)
	}
}

// TestWriteLarge: rows that are larger than Cassandra lets a batch of several
// partitions be are stored, together with many small ones.
func TestWriteLarge(t *testing.T) {
	s := opened(t, Config{})
	var b storage.Batch
	for i := range 20 {
		block := points.Block{Kind: points.Text}
		for j := range int64(3) {
			block.AppendText(someTime+j, strings.Repeat("x", 65_535/(1+i)))
		}
		b.Put(points.Key{Metric: "log", Type: points.TypeText, Tags: points.Tags{{Name: "n", Value: fmt.Sprint(i)}}}, block, 0)
	}
	for i := range 1500 {
		b.Put(cpu(strings.Repeat("long", 20)+fmt.Sprint(i)), longs(someTime, 1), 0)
	}
	writes(t, s, &b)
	if got := len(rowsOf(t, s, `SELECT column1 FROM data_points`)); got != 1560 {
		t.Errorf("%d points are stored, want 1560", got)
	}
	if got := len(rowsOf(t, s, `SELECT data_type FROM row_keys`)); got != 1520 {
		t.Errorf("%d series are listed, want 1520", got)
	}
}

// TestWriteTogether: of what several callers write to the same points at the
// same time, each sees its own once it is acknowledged, where nobody else writes.
func TestWriteTogether(t *testing.T) {
	s := opened(t, Config{IndexRefresh: time.Millisecond})
	k := cpu("a")
	var callers sync.WaitGroup
	for caller := range int64(8) {
		callers.Go(func() {
			for i := range int64(15) {
				var b storage.Batch
				if i%3 == 2 {
					b.Remove(k, someTime+caller)
				}
				b.Put(k, longs(someTime+caller, 1000-i, someTime+100, i), 0)
				if err := s.Write(t.Context(), &b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
	var want []string
	for caller := range 8 {
		want = append(want, fmt.Sprintf("%d=986", caller))
	}
	got := stored(t, s, k)
	if len(got) != 9 {
		t.Fatalf("stored: got %q, want nine points", got)
	}
	wants(t, "stored", got[:8], want...)
	if got := indexedIn(t, s, k); got != everywhere {
		t.Errorf("got %s, want %s", got, everywhere)
	}
}

// TestBatches: no batch of several partitions is larger than Cassandra takes,
// none holds partitions of two nodes, and every cell is in one batch.
func TestBatches(t *testing.T) {
	var b storage.Batch
	for i := range 700 {
		var block points.Block
		for j := range int64(1 + i%60*i%40) {
			block.AppendInt(someTime+j, j)
		}
		b.Put(cpu(fmt.Sprint(i)), block, 0)
	}
	p := planned(t, &b)
	owner := func(key []byte) string { return string(key[len(key)-2]) }
	cells := map[span]bool{}
	for _, batch := range p.batches(owner) {
		weight, rows, owners := 0, 0, map[string]bool{}
		for _, s := range batch {
			owners[owner(p.rows[s.row].bytes)] = true
			for i := s.from; i < s.to; i++ {
				o := p.rows[s.row].ops[i]
				weight, rows = weight+rowWeight+o.to-o.from, rows+1
				if cell := (span{s.row, i, i + 1}); cells[cell] {
					t.Errorf("%v is in two batches", cell)
				} else {
					cells[cell] = true
				}
			}
		}
		if len(batch) > 1 && (weight > mixedWeight || rows > mixedRows || len(owners) > 1) {
			t.Errorf("a batch of %d rows for %d partitions of %d nodes weighs %d", rows, len(batch), len(owners), weight)
		}
	}
	if len(cells) != p.size() {
		t.Errorf("%d cells are in batches, want %d", len(cells), p.size())
	}
}

// TestCheck: what no Cassandra would store is told while there is none, so that
// nobody keeps it for later.
func TestCheck(t *testing.T) {
	s, err := Open(t.Context(), Config{Write: Cluster{Hosts: []string{"127.0.0.1:1"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var invalid *points.InvalidError
	if err := s.Check(put(cpu("a"), -time.Second, someTime, 1)); !errors.As(err, &invalid) {
		t.Errorf("a negative life: got %v, want an InvalidError", err)
	}
	if err := s.Check(put(cpu("a"), 0, someTime, 1)); err != nil {
		t.Errorf("a sound batch: got %v, want nil", err)
	}
}

// TestWriteWithoutTable: while a table is missing, points are not refused but not
// stored either, and are taken as soon as it is back.
func TestWriteWithoutTable(t *testing.T) {
	s := opened(t, Config{Timeout: time.Second})
	c, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	do := func(statement string) {
		t.Helper()
		if err := c.session.Query(statement).ExecContext(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	k, b := cpu("a"), put(cpu("a"), 0, someTime, 1, someTime+1, 2)
	do(`DROP TABLE data_points`)
	if err := s.Write(t.Context(), b); !errors.Is(err, points.ErrUnavailable) || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("without the table: got %v, want ErrUnavailable", err)
	}
	do("CREATE TABLE data_points " + dataTables()[0].create)
	writes(t, s, b)
	wants(t, "stored", stored(t, s, k), "0=1", "1=2")
}

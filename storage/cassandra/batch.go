package cassandra

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage/points"
)

// How much one batch holds. Cassandra counts what a batch for several partitions
// weighs and refuses it beyond 50 KiB, unless told otherwise; a batch for one
// partition is one change to it, whatever it weighs.
const (
	soleRows    = 500
	soleWeight  = 64 << 10
	mixedRows   = 200
	mixedWeight = 40 << 10
	rowWeight   = 72 // what Cassandra counts for a row beside its bytes
)

// cell is a value in the bytes in which it travels.
type cell []byte

// MarshalCQL is the cell itself.
func (c *cell) MarshalCQL(gocql.TypeInfo) ([]byte, error) { return *c, nil }

// span is a part of a row of a plan: its columns from, including, to, excluding.
type span struct{ row, from, to int32 }

// share is a row with few columns, which shares a batch with others.
type share struct {
	span
	weight int
	owner  string
}

// batches cuts what the plan changes into batches, each a list of spans: rows
// with many columns have theirs alone, the others share, by the node that owns
// them. Rows whose index was refused are left out.
func (p *plan) batches(owner func(key []byte) string) [][]span {
	var sole [][]span
	var small []share
	for i := range p.rows {
		r := &p.rows[i]
		if r.index.refused != nil {
			continue
		}
		from, weight := 0, 0
		for j := range r.ops {
			add := rowWeight + r.ops[j].to - r.ops[j].from
			if j > from && (j-from == soleRows || weight+add > soleWeight) {
				sole = append(sole, []span{{int32(i), int32(from), int32(j)}})
				from, weight = j, 0
			}
			weight += add
		}
		rest := span{int32(i), int32(from), int32(len(r.ops))}
		if n := len(r.ops) - from; n > mixedRows/4 || weight > mixedWeight/4 {
			sole = append(sole, []span{rest})
		} else if n > 0 {
			small = append(small, share{rest, weight + len(r.bytes), ""})
		}
	}
	return append(sole, p.mixed(small, owner)...)
}

// mixed puts rows of the same owner together into batches.
func (p *plan) mixed(small []share, owner func(key []byte) string) [][]span {
	if len(small) > 1 {
		for i := range small {
			small[i].owner = owner(p.rows[small[i].row].bytes)
		}
		slices.SortStableFunc(small, func(a, b share) int { return strings.Compare(a.owner, b.owner) })
	}
	var all [][]span
	var batch []span
	rows, weight := 0, 0
	for i, s := range small {
		n := int(s.to - s.from)
		if len(batch) != 0 && (rows+n > mixedRows || weight+s.weight > mixedWeight || small[i-1].owner != s.owner) {
			all, batch, rows, weight = append(all, batch), nil, 0, 0
		}
		batch, rows, weight = append(batch, s.span), rows+n, weight+s.weight
	}
	if len(batch) != 0 {
		all = append(all, batch)
	}
	return all
}

// sheet is a batch being filled in. It is used again and again.
type sheet struct {
	entries []gocql.BatchEntry
	args    []any
	cells   []cell
	bytes   []byte
}

// fill makes the statements of a batch.
func (f *sheet) fill(p *plan, spans []span) {
	f.entries, f.args, f.cells, f.bytes = f.entries[:0], f.args[:0], f.cells[:0], f.bytes[:0]
	for _, s := range spans {
		r := &p.rows[s.row]
		var life *cell // of the last point: mostly all have the same
		var seconds int32
		for _, o := range r.ops[s.from:s.to] {
			column := f.number(o.column)
			if o.life == removed {
				f.add(removePoint, &r.bytes, column)
				continue
			}
			if life == nil || o.life != seconds {
				life, seconds = f.number(uint32(o.life)), o.life
			}
			f.add(insertPoint, &r.bytes, column, f.cell(p.values[o.from:o.to:o.to]), life)
		}
	}
}

// number adds a cell of four bytes.
func (f *sheet) number(v uint32) *cell {
	n := len(f.bytes)
	f.bytes = binary.BigEndian.AppendUint32(f.bytes, v)
	return f.cell(f.bytes[n : n+4 : n+4])
}

// cell adds a cell; one without bytes is empty, not null.
func (f *sheet) cell(b []byte) *cell {
	if b == nil {
		b = []byte{}
	}
	f.cells = append(f.cells, b)
	return &f.cells[len(f.cells)-1]
}

// add adds a statement.
func (f *sheet) add(cql string, args ...*cell) {
	n := len(f.args)
	for _, a := range args {
		f.args = append(f.args, a)
	}
	f.entries = append(f.entries, gocql.BatchEntry{Stmt: cql, Args: f.args[n:len(f.args):len(f.args)], Idempotent: true})
}

// send runs statements, as a batch if they are several, until they are
// acknowledged.
func (c *conn) send(ctx context.Context, what string, at int64, statements []gocql.BatchEntry) error {
	if len(statements) == 1 {
		return c.change(ctx, what, at, statements[0].Stmt, statements[0].Args...)
	}
	return c.attempt(ctx, what, func(ctx context.Context) error {
		batch := c.unlogged(at)
		batch.Entries = statements
		return batch.ExecContext(ctx)
	})
}

// deliver sends statements. Where the server refuses them as a whole, those that
// it means are found by halving and told to refused by their number, counted from
// first, and all others are stored. The answer is how many are not surely stored
// without having been refused, and why.
func (c *conn) deliver(ctx context.Context, what string, at int64, statements []gocql.BatchEntry, first int, refused func(i int, err error)) (unsure int, err error) {
	err = c.send(ctx, what, at, statements)
	var invalid *points.InvalidError
	switch n := len(statements); {
	case err == nil:
		return 0, nil
	case !errors.As(err, &invalid):
		return n, err
	case n == 1:
		refused(first, err)
		return 0, nil
	default:
		left, leftErr := c.deliver(ctx, what, at, statements[:n/2], first, refused)
		right, rightErr := c.deliver(ctx, what, at, statements[n/2:], first+n/2, refused)
		return left + right, errors.Join(leftErr, rightErr)
	}
}

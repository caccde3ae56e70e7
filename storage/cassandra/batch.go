package cassandra

import (
	"context"
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

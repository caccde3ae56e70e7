package cassandra

import (
	"context"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// How statements are put together. Cassandra refuses batches of more than 50 KiB,
// unless all of a batch lies in one partition, which is soleRows at most.
const (
	scatteredRows  = 100
	scatteredBytes = 20 << 10 // of keys
)

// statements are some that can be sent in one batch.
type statements struct {
	entries []gocql.BatchEntry
	bytes   []int // what each weighs
}

// add adds a statement.
func (l *statements) add(statement string, args ...any) {
	n := 0
	for _, a := range args {
		switch a := a.(type) {
		case []byte:
			n += len(a)
		case string:
			n += len(a)
		case *cell:
			n += len(*a)
		default:
			n += 8
		}
	}
	l.entries = append(l.entries, gocql.BatchEntry{Stmt: statement, Args: args, Idempotent: true})
	l.bytes = append(l.bytes, n+16)
}

// scattered runs statements of many partitions, in batches that Cassandra takes.
func (c *conn) scattered(ctx context.Context, what string, at int64, l statements) error {
	for from := 0; from < len(l.entries); {
		to, size := from, 0
		for to < len(l.entries) && to-from < scatteredRows && (to == from || size+l.bytes[to] <= scatteredBytes) {
			size += l.bytes[to]
			to++
		}
		if err := c.send(ctx, what, at, l.entries[from:to]); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// together runs statements of one partition, which may weigh more.
func (c *conn) together(ctx context.Context, what string, at int64, l statements) error {
	for from := 0; from < len(l.entries); from += soleRows {
		if err := c.send(ctx, what, at, l.entries[from:min(from+soleRows, len(l.entries))]); err != nil {
			return err
		}
	}
	return nil
}

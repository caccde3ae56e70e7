package cassandratest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// Bare is the driver library alone on a keyspace of KairosDB's: the least that
// work on table data_points costs, to measure a server by.
type Bare struct{ session *gocql.Session }

// inFlight is how many requests a Bare has under way.
const inFlight = 32

// Bare is a Bare on that keyspace. It is closed with the test.
func (n *Node) Bare(t testing.TB, keyspace string) *Bare {
	t.Helper()
	c := gocql.NewCluster(n.host)
	c.Keyspace, c.ProtoVersion, c.Consistency, c.Timeout = keyspace, 4, gocql.LocalQuorum, time.Minute
	session, err := c.CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return &Bare{session}
}

// Insert writes the same columns into every partition, each partition in batches
// of so many rows.
func (l *Bare) Insert(ctx context.Context, keys, columns [][]byte, value []byte, batch int) error {
	const statement = `INSERT INTO data_points (key, column1, value) VALUES (?, ?, ?) USING TTL ?`
	return each(keys, func(key []byte) error {
		for from := 0; from < len(columns); from += batch {
			statements := l.session.Batch(gocql.UnloggedBatch).WithTimestamp(time.Now().UnixMilli())
			for _, column := range columns[from:min(from+batch, len(columns))] {
				statements.Query(statement, key, column, value, 0)
			}
			if err := statements.ExecContext(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Read reads all rows of every partition. The function is called from several
// goroutines.
func (l *Bare) Read(ctx context.Context, keys [][]byte, row func(column, value []byte)) error {
	return each(keys, func(key []byte) error {
		rows := l.session.Query(`SELECT column1, value FROM data_points WHERE key = ?`, key).PageSize(5000).IterContext(ctx)
		var column, value []byte
		for rows.Scan(&column, &value) {
			row(column, value)
		}
		return rows.Close()
	})
}

// each does something for all keys, some at once.
func each(keys [][]byte, do func(key []byte) error) error {
	slots := make(chan struct{}, inFlight)
	failed := make([]error, len(keys))
	var running sync.WaitGroup
	for i, key := range keys {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			failed[i] = do(key)
		})
	}
	running.Wait()
	return errors.Join(failed...)
}

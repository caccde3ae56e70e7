package cassandra

import (
	"cmp"
	"context"
	"slices"

	"aion/storage/points"
)

// rowTime is a row time of one cluster.
type rowTime struct {
	conn *conn
	rank int // of the cluster among those that are read; the write cluster's is 0
	time int64
}

// compareRowTimes is the order of the rows of a series.
func compareRowTimes(p, q rowTime) int {
	return cmp.Or(cmp.Compare(p.time, q.time), cmp.Compare(p.rank, q.rank))
}

// listedRows are the row times that the clusters list of a metric and that may hold
// points of r, ascending.
func listedRows(ctx context.Context, conns []*conn, metric string, r points.Range) ([]rowTime, error) {
	found := make([][]rowTime, len(conns))
	err := inParallel(ctx, len(conns), len(conns), func(ctx context.Context, i int) error {
		times, err := conns[i].rowTimes(ctx, metric, r)
		for _, t := range times {
			found[i] = append(found[i], rowTime{conns[i], i, t})
		}
		return err
	})
	all := slices.Concat(found...)
	slices.SortFunc(all, compareRowTimes)
	return all, err
}

// rowTimes are the row times that the cluster lists of a metric and that may
// hold points of r, in no set order. A keyspace of release 1.1, which has the
// legacy index alone, lists none.
func (c *conn) rowTimes(ctx context.Context, metric string, r points.Range) ([]int64, error) {
	if !c.tables["row_key_time_index"] || !c.tables["row_keys"] {
		return nil, nil
	}
	var times []int64
	var at int64
	for _, rows := range c.layout.RowTimes(r) {
		read := paged{what: "find the row times of " + metric, statement: readTimes, args: []any{metric, pointTable, rows.From, rows.To}, size: mostKeys}
		err := c.readAll(ctx, read, []any{&at}, func() error {
			if c.mayHold(at, r) {
				times = append(times, at)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return times, nil
}

// mayHold tells whether a row can hold points of r. The range of row times that
// is asked for is wider where times are negative.
func (c *conn) mayHold(at int64, r points.Range) bool {
	_, _, ok := c.layout.Bounds(at, r, true)
	return ok
}

package cassandra

import (
	"sync/atomic"

	"aion/storage/points"
)

// row is one partition of data_points: what a series has in one row time of one
// cluster.
type row struct {
	conn    *conn
	time    int64
	untyped bool // the key lacks the type: rows of the oldest releases
}

// series is a series and where its points may lie.
type series struct {
	store *Store
	key   points.Key
	rows  []row // ascending by time; of one time, the write cluster's first
	kept  atomic.Pointer[kept]
}

// Key names the series.
func (s *series) Key() points.Key { return s.key }

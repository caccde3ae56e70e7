package carbon

import (
	"aion/storage/ingest"
	"aion/storage/points"
)

// names remembers what paths are called, and the columns of a writer that their
// points go to.
type names struct {
	writer *ingest.Writer
	naming Naming
	series map[string]*series // by path
	size   int                // of the map's keys
	era    int                // of the writer
}

// series is where the points of a path go.
type series struct {
	key            points.Key // without a type
	longs, doubles *ingest.Column
}

// How many paths, and bytes of them, are remembered.
const (
	maxSeries = 1 << 16
	maxPaths  = 16 << 20
)

// newNames remembers nothing yet.
func newNames(w *ingest.Writer, n Naming) *names {
	return &names{writer: w, naming: n, series: map[string]*series{}, era: w.Era()}
}

// find is the series of a path, which text makes a string of.
func (n *names) find(path []byte, text func([]byte) string) (*series, error) {
	if n.era != n.writer.Era() || len(n.series) > maxSeries || n.size > maxPaths {
		clear(n.series)
		n.era, n.size = n.writer.Era(), 0
	}
	if s, ok := n.series[string(path)]; ok {
		return s, nil
	}
	metric, tags, err := n.naming.Name(text(path))
	if err != nil {
		return nil, err
	}
	s := &series{key: points.Key{Metric: metric, Tags: tags}}
	n.series[string(path)] = s
	n.size += len(path)
	return s, nil
}

// long adds a long.
func (n *names) long(s *series, at, v int64) {
	if s.longs == nil {
		key := s.key
		key.Type = points.TypeLong
		s.longs = n.writer.Column(key)
	}
	s.longs.Int(at, v, 0)
}

// double adds a double, or tells why not.
func (n *names) double(s *series, at int64, v float64) error {
	if s.doubles == nil {
		key := s.key
		key.Type = points.TypeDouble
		s.doubles = n.writer.Column(key)
	}
	return s.doubles.Float(at, v, 0)
}

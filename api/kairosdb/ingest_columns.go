package kairosdb

import (
	"time"

	writes "aion/storage/ingest"
	"aion/storage/points"
)

// seriesColumns are the columns of one metric with its tags, found as they are
// needed and valid for one era of the writer.
type seriesColumns struct {
	key                points.Key // the stored type left open
	era                int
	long, double, text *writes.Column
}

// of finds the column of a stored type.
func (s *seriesColumns) of(w *writes.Writer, stored string) *writes.Column {
	if s.era != w.Era() {
		*s = seriesColumns{key: s.key, era: w.Era()}
	}
	at := &s.text
	switch stored {
	case points.TypeLong:
		at = &s.long
	case points.TypeDouble:
		at = &s.double
	}
	if *at == nil {
		key := s.key
		key.Type = stored
		*at = w.Column(key)
	}
	return *at
}

// storeRun stores rows [from, to) of a page, which are all plain longs or all
// plain doubles; double makes doubles of longs.
func (p *ingestParser) storeRun(s *seriesColumns, page *rowPage, from, to int, double bool, ttl time.Duration) error {
	at, kind := page.at[from:to], page.kind[from]
	if kind == rowLong && !double {
		s.of(p.writer, points.TypeLong).Ints(at, page.long[from:to], ttl)
		return nil
	}
	if kind == rowLong {
		for i := from; i < to; i++ {
			page.double[i] = float64(page.long[i])
		}
	}
	return s.of(p.writer, points.TypeDouble).Floats(at, page.double[from:to], ttl)
}

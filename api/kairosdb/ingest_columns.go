package kairosdb

import (
	writes "aion/storage/ingest"
	"aion/storage/points"
)

// seriesColumns are the columns of one metric with its tags, found as they are
// needed and valid for one era of the writer.
type seriesColumns struct {
	era                int
	long, double, text *writes.Column
}

// of finds the column of a stored type.
func (s *seriesColumns) of(w *writes.Writer, stored string, key func() points.Key) *writes.Column {
	if s.era != w.Era() {
		*s = seriesColumns{era: w.Era()}
	}
	at := &s.text
	switch stored {
	case points.TypeLong:
		at = &s.long
	case points.TypeDouble:
		at = &s.double
	}
	if *at == nil {
		k := key()
		k.Type = stored
		*at = w.Column(k)
	}
	return *at
}

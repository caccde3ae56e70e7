package storage_test

import (
	"context"
	"errors"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// valuing is a series of doubles whose values come without times.
type valuing struct{ summarized }

// Summaries is a cursor that gives two values.
func (s valuing) Summaries(r points.Range) points.Summarizer {
	return valuer{s.summarized.Summaries(r)}
}

// valuer is a summarizer that gives two values each time, or fails.
type valuer struct{ points.Summarizer }

// Values gives two values below 50.
func (valuer) Values(_ context.Context, until int64, v []float64, _ int) ([]float64, int64, bool, error) {
	if until > 50 {
		return v, 0, false, errors.New("damaged")
	}
	return append(v, 1, 2), 50, true, nil
}

// TestMeasuredKeepsValues: a series that gives values without times gives them
// when measured, and they are counted.
func TestMeasuredKeepsValues(t *testing.T) {
	series := valuing{summarized{faultySeries{key: keyOf("m")}, points.Summary{}}}
	m := &meter{}
	for s := range storage.Measured(&faulty{series: []storage.Series{series}}, m).Select(t.Context(), storage.Selection{}) {
		c := s.(storage.Summarized).Summaries(points.Always).(points.Valuer)
		if v, at, ok, err := c.Values(t.Context(), 50, nil, 9); len(v) != 2 || at != 50 || !ok || err != nil {
			t.Errorf("Values gives %v, %d, %t, %v", v, at, ok, err)
		}
		if _, _, _, err := c.Values(t.Context(), 51, nil, 9); err == nil {
			t.Error("Values gives no error")
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if got, want := m.String(), "next points=2 next(damaged)=1 select=1"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
}

package pebble

import (
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestCursorsLetGoWithTheirLastPoint: a query that has the first block of a
// hundred thousand short series side by side must not hold their iterators.
func TestCursorsLetGoWithTheirLastPoint(t *testing.T) {
	s := mustOpen(t, Config{Dir: t.TempDir()})
	defer s.Close()
	key := points.Key{Metric: "m", Tags: points.Tags{{Name: "a", Value: "1"}}, Type: points.TypeLong}
	for _, settled := range []bool{false, true} {
		var batch storage.Batch
		var b points.Block
		for at := range int64(100) {
			b.AppendInt(at, at)
		}
		batch.Put(key, b, 0)
		if err := s.Write(t.Context(), &batch); err != nil {
			t.Fatal(err)
		}
		if settled {
			if err := s.Compact(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for found, err := range s.Select(t.Context(), storage.Selection{}) {
			if err != nil {
				t.Fatal(err)
			}
			n := found.(*numbers)
			for name, c := range map[string]*cursor{
				"ascending":  n.Points(points.Always, points.Asc).(*cursor),
				"descending": n.Points(points.Always, points.Desc).(*cursor),
				"part":       n.Points(points.Range{From: 10, To: 60}, points.Asc).(*cursor),
				"summaries":  &n.Summaries(points.Always).(*summarizer).cursor,
			} {
				if err := c.Next(t.Context(), &b); err != nil || b.Len() == 0 {
					t.Fatalf("%s: %d points, %v", name, b.Len(), err)
				}
				if c.sc != nil {
					t.Errorf("%s, settled %t: the cursor holds on after its last point", name, settled)
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

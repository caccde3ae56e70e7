package cassandra

import (
	"testing"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// TestDeleteHidden: a delete also takes the points that somebody else has written
// to deleted rows and that nothing leads to yet. They do not come back when the
// rows are looked at.
func TestDeleteHidden(t *testing.T) {
	s := opened(t, Config{})
	cpu := storage.Selection{Metrics: []string{"cpu"}}
	writes(t, s, hosts("cpu", 0, 3, someTime))
	if err := s.Delete(t.Context(), cpu, points.Always); err != nil {
		t.Fatal(err)
	}
	// A series that is new in a row time which its writer takes for entered.
	fresh := longKey("cpu", "host", "new")
	tags := cell(codec.AppendTags(nil, fresh.Tags))
	for _, tt := range []struct {
		name string
		sel  storage.Selection
		r    points.Range
		left int
	}{
		{"whole rows", cpu, points.Always, 0},
		{"a part of a row", cpu, points.Range{From: someTime, To: someTime}, 0},
		{"all metrics", storage.Selection{}, points.Always, 0},
		{"other metrics", storage.Selection{Metrics: []string{"mem"}}, points.Always, 3},
		{"some series", storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: []string{"0", "1", "new"}}}}, points.Always, 1},
	} {
		for _, host := range []string{"0", "1"} {
			unindexed(t, s, longKey("cpu", "dc", "one", "host", host), someTime, 7)
		}
		unindexed(t, s, fresh, someTime, 7)
		p := plant(t, s)
		p.at = s.stamps.last()
		p.do(insertRow, "cpu", pointTable, int64(someRow), points.TypeLong, &tags, 0)
		if tt.name == "some series" {
			unindexed(t, s, longKey("cpu", "dc", "one", "host", "2"), someTime, 7)
		}
		if err := s.Delete(t.Context(), tt.sel, tt.r); err != nil {
			t.Fatal(err)
		}
		if got := tablesThere(t, s)["data_points"]; got != tt.left {
			t.Errorf("%s: %d points are left, want %d", tt.name, got, tt.left)
		}
	}
}

package load

import (
	"bytes"
	"strings"
	"testing"
)

// TestTableOfLeftovers: the table says how what a run has left behind is deleted, and
// says of nothing that it is there which nobody has acknowledged.
func TestTableOfLeftovers(t *testing.T) {
	const there, perhaps = "bench.a is still there. To delete it: ", "No point of bench.a was acknowledged. To delete what may be there all the same: "
	for _, tt := range []struct {
		name        string
		rows        []*Row
		removed     bool
		interrupted bool
		want        string
	}{
		{"acknowledged", []*Row{{Phase: Ingest, Work: "write", Requests: 3, Points: 1000}}, false, false, there},
		{"acknowledged in part", []*Row{{Phase: Mixed, Work: "write", Requests: 3, Failed: 2, Points: 1000}}, false, false, there},
		{"all refused", []*Row{{Phase: Ingest, Work: "write", Requests: 3, Failed: 3}}, false, false, perhaps},
		{"all refused beside queries", []*Row{{Phase: Mixed, Work: "write", Requests: 3, Failed: 3}, {Phase: Mixed, Work: "avg", Requests: 1, Points: 1000}}, false, false, perhaps},
		{"nothing sent", []*Row{{Phase: Ingest, Work: "write"}}, false, false, ""},
		{"broken off before an answer came", []*Row{{Phase: Ingest, Work: "write"}}, false, true, perhaps},
		{"queries broken off", []*Row{{Phase: Query, Work: "avg", Requests: 1, Points: 1000}}, false, true, ""},
		{"queries alone", []*Row{{Phase: Query, Work: "avg", Requests: 1, Points: 1000}}, false, false, ""},
		{"deleted", []*Row{{Phase: Ingest, Work: "write", Requests: 3, Points: 1000}}, true, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var table bytes.Buffer
			report := Report{Target: "http://127.0.0.1:8080", Metric: "bench.a", Rows: tt.rows, Removed: tt.removed, Interrupted: tt.interrupted}
			if err := report.WriteTable(&table); err != nil {
				t.Fatal(err)
			}
			got := table.String()
			if strings.Contains(got, "delete") != (tt.want != "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
		})
	}
}

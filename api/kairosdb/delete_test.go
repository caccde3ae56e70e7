package kairosdb

import (
	"testing"

	"aion/aggregators"
)

// TestDelete deletes in every way and counts what is left.
func TestDelete(t *testing.T) {
	tests := []struct {
		name, method, target, body string
		extensions                 bool
		status                     int
		left                       string // metric names afterwards
	}{
		{"by query", "POST", "/api/v1/datapoints/delete", with(`,"tags":{"host":"b"},"limit":1`), false, 204, `"m","metric/1","t"`},
		{"whole metric by query", "POST", "/api/v1/datapoints/delete", with(""), false, 204, `"metric/1","t"`},
		{"nothing matches", "POST", "/api/v1/datapoints/delete", `{"start_absolute":5,"metrics":[{"name":"x"}]}`, false, 204, `"m","metric/1","t"`},
		{"bad query", "POST", "/api/v1/datapoints/delete", `{"metrics":[{"name":"m"}]}`, false, 400, `"m","metric/1","t"`},
		{"by DELETE", "DELETE", "/api/v1/datapoints/delete", with(""), false, 405, `"m","metric/1","t"`},
		{"by DELETE, an extension", "DELETE", "/api/v1/datapoints/delete", with(""), true, 204, `"metric/1","t"`},
		{"metric", "DELETE", "/api/v1/metric/m", "{}", false, 204, `"metric/1","t"`},
		{"encoded slash", "DELETE", "/api/v1/metric/metric%2F1", "", false, 204, `"m","t"`},
		{"raw slash", "DELETE", "/api/v1/metric/metric/1", "", false, 404, `"m","metric/1","t"`},
		{"matrix parameter", "DELETE", "/api/v1/metric/m;a=b/", "", false, 204, `"metric/1","t"`},
		{"unknown metric", "DELETE", "/api/v1/metric/a+b%20", "", false, 204, `"m","metric/1","t"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := filled(t, Config{Release: aggregators.V13, Extensions: tt.extensions})
			if got := call(t, p, tt.method, tt.target, tt.body); got.status != tt.status {
				t.Errorf("got %d %s, want %d", got.status, got.body, tt.status)
			}
			got := call(t, p, "GET", "/api/v1/metricnames", "").body
			if want := `{"results":[` + tt.left + `]}`; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

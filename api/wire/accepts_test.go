package wire

import (
	"net/http"
	"testing"
)

// TestAccepts: names in any case, weights but zero, several lines of a header.
func TestAccepts(t *testing.T) {
	for _, tt := range []struct {
		lines []string
		want  bool
	}{
		{nil, false},
		{[]string{""}, false},
		{[]string{"gzip"}, true},
		{[]string{"deflate, GZIP;q=0.5"}, true},
		{[]string{"gzip; q = 0"}, false},
		{[]string{"gzip;q=0.000, *"}, false},
		{[]string{"gzip;q=much"}, true},
		{[]string{"br", "identity;q=0, gzip"}, true},
		{[]string{"x-gzip"}, false},
	} {
		if got := Accepts(http.Header{"Accept-Encoding": tt.lines}, "Accept-Encoding", "gzip"); got != tt.want {
			t.Errorf("%q: got %v, want %v", tt.lines, got, tt.want)
		}
	}
}

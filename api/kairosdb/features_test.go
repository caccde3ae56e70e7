package kairosdb

import (
	"os"
	"strings"
	"testing"

	"aion/aggregators"
)

// answered is what a KairosDB 1.3.0 answered, to the byte.
func answered(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestFeatures compares with what KairosDB 1.3.0 answers, to the byte.
func TestFeatures(t *testing.T) {
	p := filled(t, Config{Release: aggregators.V13})
	groupers := answered(t, "features-1.3.0.json")
	groupers = strings.TrimPrefix(groupers[:strings.Index(groupers, `},{"name":"aggregators"`)], `[{"name":"group_by","label":"Group By","properties":`)
	for _, tt := range []struct {
		target, body string
		status       int
		want         []string
	}{
		{"/api/v1/features", answered(t, "features-1.3.0.json"), 200, and(setAHeaders, vary)},
		{"/api/v1/features/", answered(t, "features-1.3.0.json"), 200, setAHeaders},
		{"/api/v1/features/Aggregators", answered(t, "features-aggregators-1.3.0.json"), 200, and(setAHeaders, vary)},
		{"/api/v1/features/group_by", groupers, 200, setAHeaders},
		{"/api/v1/features/groupBy", `{"errors":["Unknown feature 'groupby'"]}`, 404, setBHeaders},
		{"/api/v1/features/%C3%84x", `{"errors":["Unknown feature 'äx'"]}`, 404, setBHeaders},
	} {
		got := call(t, p, "GET", tt.target, "")
		if got.status != tt.status || got.body != tt.body {
			t.Errorf("%s: got %d %s\nwant %d %s", tt.target, got.status, got.body, tt.status, tt.body)
		}
		checkHeader(t, got, tt.want)
	}
	checkHeader(t, call(t, p, "POST", "/api/v1/features", ""), []string{"Allow: HEAD,GET,OPTIONS"})
}

// TestOldFeatures: a release without an aggregator or a property lists neither.
func TestOldFeatures(t *testing.T) {
	got := call(t, filled(t, Config{Release: aggregators.V12}), "GET", "/api/v1/features/aggregators", "").body
	if strings.Contains(got, "SCORE") || strings.Contains(got, "Trim off empty ranges") || !strings.Contains(got, `"name":"trim"`) {
		t.Errorf("got %s", got)
	}
}

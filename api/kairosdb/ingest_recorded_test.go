package kairosdb

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"aion/aggregators"
)

// recordedIngest is a request to POST /api/v1/datapoints, what KairosDB answered
// and, where it was asked for, the times and values that a query of the metric
// then printed.
type recordedIngest struct {
	Body   string
	Status int
	Errors []string // an empty one is null, or the text of some JDK
	Stored []string
}

// refusedIngest are the bodies with a value that is stored by KairosDB, poisons
// its queries, and is refused here.
var refusedIngest = []string{"[1000,1.7976931348623157e309]", `[1000,"NaN","double"]`, `[1000,"Infinity","double"]`}

// TestIngestAnswersAsRecorded sends what KairosDB was sent and compares answers
// and points.
func TestIngestAnswersAsRecorded(t *testing.T) {
	files := []struct {
		name    string
		release aggregators.Release
	}{
		{"testdata/ingest-1.3.jsonl", aggregators.V13},
		{"testdata/ingest-develop.jsonl", aggregators.Develop},
	}
	for _, f := range files {
		for _, exact := range []bool{true, false} {
			t.Run(f.name+" exact="+strconv.FormatBool(exact), func(t *testing.T) {
				p := parserOf(switches[f.release])
				p.exact = exact
				for _, r := range readRecorded(t, f.name) {
					checkRecorded(t, p, r)
				}
			})
		}
	}
}

// readRecorded reads a file of recorded requests, one a line.
func readRecorded(t testing.TB, name string) []recordedIngest {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []recordedIngest
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r recordedIngest
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

// checkRecorded replays a request.
func checkRecorded(t *testing.T, p *ingestParser, r recordedIngest) {
	t.Helper()
	got := ingested(t, p, strings.NewReader(r.Body))
	if slices.ContainsFunc(refusedIngest, func(s string) bool { return strings.Contains(r.Body, s) }) {
		if got.status != http.StatusBadRequest || !strings.HasSuffix(got.messages[0], ".value may not be NaN or infinite.") {
			t.Errorf("%s: got %v, want a refusal", r.Body, got)
		}
		return
	}
	javas := r.Status == http.StatusInternalServerError && slices.Equal(got.messages, []string{""})
	if got.status != r.Status || !javas && !slices.Equal(got.messages, r.Errors) {
		t.Errorf("%s: got %v, want %d %q", r.Body, got, r.Status, r.Errors)
	}
	if len(r.Stored) > 0 && !slices.EqualFunc(got.stored, r.Stored, samePoint) {
		t.Errorf("%s: got %q stored, want %q", r.Body, got.stored, r.Stored)
	}
}

// samePoint compares a line of dump with time and value as KairosDB prints them.
func samePoint(line, printed string) bool {
	at, value, _ := strings.Cut(printed, " ")
	_, point, _ := strings.Cut(line, "} ")
	kind, point, _ := strings.Cut(point, " ")
	gotAt, got, _ := strings.Cut(point, " ")
	if gotAt != at {
		return false
	}
	if kind == "string" {
		var want string
		plain, err := strconv.Unquote(got)
		return err == nil && json.Unmarshal([]byte(value), &want) == nil && plain == want
	}
	want, err := strconv.ParseFloat(value, 64)
	v, errGot := strconv.ParseFloat(got, 64)
	return err == nil && errGot == nil && v == want && (kind != "long" || got == value)
}

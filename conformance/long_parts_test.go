package conformance

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestLongSeriesInParts asks the embedded engine for a series that is so long that one
// reader computes many parts of it in a row, in ranges that begin anywhere within its
// chunks. Every point has to be in one range.
func TestLongSeriesInParts(t *testing.T) {
	const series = 12_000_000 // some fifty parts
	s := start(t, onPebble(), Setup{Release: "develop"})
	rng, at, sum := rand.New(rand.NewPCG(8, 8)), int64(0), int64(0)
	for from := 0; from < series; from += series / 8 {
		var block points.Block
		for range series / 8 {
			at += 900 + rng.Int64N(200)
			v := rng.Int64N(1 << 20)
			sum += v
			block.AppendInt(at, v)
		}
		var b storage.Batch
		b.Put(points.Key{Metric: "long", Tags: points.TagsOf(map[string]string{"host": "a"}), Type: points.TypeLong}, block, 0)
		if err := s.store.Write(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
	}
	s.restart(t)
	for _, minutes := range []int{1, 7, 180, 24 * 60} {
		for name, want := range map[string]int64{"count": series, "sum": sum} {
			if got, seen := s.totalOf(t, "long", name, minutes, at); got != want || seen != series {
				t.Errorf("the %s of ranges of %d minutes: got %d of %d points, want %d of %d", name, minutes, got, seen, want, series)
			}
		}
	}
}

// totalOf adds the values of an aggregator over a metric up to a time, which are whole
// numbers, and answers of how many points they are said to be.
func (s *server) totalOf(t *testing.T, metric, aggregator string, minutes int, to int64) (total, sample int64) {
	t.Helper()
	body := fmt.Sprintf(`{"start_absolute":0,"end_absolute":%d,"metrics":[{"name":%q,"aggregators":[{"name":%q,"sampling":{"value":%d,"unit":"minutes"}}]}]}`, to, metric, aggregator, minutes)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/datapoints/query", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.target.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		Queries []struct {
			Sample  int64 `json:"sample_size"`
			Results []struct{ Values [][2]float64 }
		}
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || len(answer.Queries) != 1 {
		t.Fatalf("status %d, %d queries: %v", res.StatusCode, len(answer.Queries), err)
	}
	for _, one := range answer.Queries[0].Results {
		for _, v := range one.Values {
			total += int64(v[1])
		}
	}
	return total, answer.Queries[0].Sample
}

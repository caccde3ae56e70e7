package query

import (
	"fmt"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestTagsOfFarSeriesAreThoseOfNearOnes asks for tags of series whose driver
// lies beyond a network, and of the same without it.
func TestTagsOfFarSeriesAreThoseOfNearOnes(t *testing.T) {
	var series []stored
	for i := range 20 {
		var x stored
		x.key = points.Key{Metric: "m", Tags: points.Tags{{Name: "b", Value: fmt.Sprint(i % 3)}, {Name: fmt.Sprint("t", i%5), Value: "x"}}, Type: points.TypeLong}
		x.points.AppendInt(1, 1)
		series = append(series, x)
	}
	near := storeOf(t, series)
	ask := func(s storage.Store, metric string) (got string) {
		plan, err := Build(Query{Start: At(0), Metrics: []Metric{{Name: metric}}}, now, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for answer, err := range New(Config{}).Tags(t.Context(), s, plan) {
			if err != nil {
				t.Fatal(err)
			}
			for result := range answer.Results {
				got += fmt.Sprintln(result.Name, result.Tags)
			}
		}
		return got
	}
	for _, metric := range []string{"m", "absent"} {
		if got, want := ask(&far{Store: near}, metric), ask(near, metric); got != want {
			t.Errorf("got  %swant %s", got, want)
		}
	}
}

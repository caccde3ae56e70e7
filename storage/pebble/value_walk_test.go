package pebble

import (
	"fmt"
	"iter"
	"slices"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestValuesBesideOtherMetrics: the values of a tag and what has them are those of
// the metrics that are asked for, where few or many values are those of other
// metrics, or of both.
func TestValuesBesideOtherMetrics(t *testing.T) {
	s := still(t, nil)
	var block points.Block
	block.AppendInt(1, 1)
	var batch storage.Batch
	have := map[string][]string{}
	add := func(metric, host string) {
		batch.Put(points.Key{Metric: metric, Tags: points.Tags{{Name: "host", Value: host}}, Type: points.TypeLong}, block, 0)
		have[metric] = append(have[metric], host)
	}
	for i := range 3000 {
		host := fmt.Sprintf("h%04d", i)
		add("wide", host)
		if i%2 == 0 {
			add("half", host)
		}
		if i%700 == 5 {
			add("rare", host)
		}
	}
	add("a", "h0005")
	add("zero", "h0005\x00")
	add("zero", "")
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	for metric, want := range have {
		slices.Sort(want)
		of := storage.Selection{Metrics: []string{metric}}
		if got := listed(t, s.TagValues(t.Context(), "host", of)); !slices.Equal(got, want) {
			t.Errorf("%s: got %d values, want %d", metric, len(got), len(want))
		}
		for _, pattern := range []string{".*5", "h2.*", "h00.*5", ".*"} {
			p := mustPattern(t, pattern)
			of.Matchers = []storage.Matcher{{Tag: "host", Patterns: []*storage.Pattern{p}}}
			matching := 0
			for _, host := range want {
				if p.Match(host) {
					matching++
				}
			}
			if got := len(described(t, s, of)); got != matching {
				t.Errorf("%s, hosts like %s: got %d series, want %d", metric, pattern, got, matching)
			}
		}
	}
	of := storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: []string{"h0005"}}}}
	if got, want := listed(t, s.Metrics(t.Context(), of)), []string{"a", "rare", "wide"}; !slices.Equal(got, want) {
		t.Errorf("the metrics of a host: got %q, want %q", got, want)
	}
	if got := listed(t, s.TagValues(t.Context(), "host", storage.Selection{})); len(got) != 3002 || !slices.IsSorted(got) {
		t.Errorf("the hosts of all metrics: got %d, want 3002", len(got))
	}
	verified(t, s)
}

// TestFirstValues: who wants some values of a tag that every metric has does not
// wait for all keys of his metric to be read, however many other metrics there are;
// and who wants all of them gets each of them once.
func TestFirstValues(t *testing.T) {
	whole(t)
	const hosts, want = 3000, 1000
	s := still(t, nil)
	var block points.Block
	block.AppendInt(1, 1)
	var batch storage.Batch
	for host := range hosts {
		for metric := range 10 {
			batch.Put(points.Key{Metric: fmt.Sprint("m", metric), Tags: points.Tags{{Name: "host", Value: fmt.Sprint(host)}}, Type: points.TypeLong}, block, 0)
		}
	}
	for host := range 4 * hosts {
		batch.Put(points.Key{Metric: "z", Tags: points.Tags{{Name: "host", Value: fmt.Sprint("a", host)}}, Type: points.TypeLong}, block, 0)
	}
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	of := storage.Selection{Metrics: []string{"m5"}}
	n := 0
	for _, err := range s.TagValues(t.Context(), "host", of) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == want {
			break
		}
	}
	if n != want || s.keys.slots != nil {
		t.Errorf("got %d values, keys read: %t, want %d and none", n, s.keys.slots != nil, want)
	}
	if got := listed(t, s.TagValues(t.Context(), "host", of)); len(got) != hosts || !slices.IsSorted(got) {
		t.Errorf("got %d values, want %d in order", len(got), hosts)
	}
	if s.keys.slots == nil {
		t.Error("the values of another metric were passed one by one, want keys to be read")
	}
}

// listed is a list of names.
func listed(t *testing.T, seq iter.Seq2[string, error]) (names []string) {
	t.Helper()
	for name, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

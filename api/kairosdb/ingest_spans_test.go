package kairosdb

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"aion/storage/points"
)

// TestSpansMakeRoomBeforeTheyRead: series whose texts are too long to be remembered
// together are each itself when they are found, although others gave way to them.
func TestSpansMakeRoomBeforeTheyRead(t *testing.T) {
	spans := newSeriesSpans()
	long := strings.Repeat("x", 32<<10)
	for round := range 2 {
		for i := range maxSpansBytes / len(long) {
			name, host := fmt.Sprint("m", i), fmt.Sprint(long, i)
			for range 2 {
				s := spans.find([]byte(name), []byte(`{"h":"`+host+`"}`))
				want := points.Key{Metric: name, Tags: points.Tags{{Name: "h", Value: host}}}
				if s == nil || s.columns.key.String() != want.String() {
					t.Fatalf("round %d: got %.20v for the series %d", round, s, i)
				}
			}
		}
	}
}

// TestSpansOfOneHash: series are told apart by their texts, whatever their hashes are.
func TestSpansOfOneHash(t *testing.T) {
	const hash = 7
	spans, n := newSeriesSpans(), leastSpans/4
	tags := func(i int) []byte { return fmt.Appendf(nil, `{"h":"%d"}`, i/2) }
	name := func(i int) []byte { return fmt.Appendf(nil, "m%d", i%2) }
	for i := range n {
		if at := spans.slot(hash, name(i), tags(i)); spans.slots[at].series != nil {
			t.Fatalf("found %v for a new series", spans.slots[at].series)
		}
		spans.slots[spans.free(hash)] = spanSlot{hash, spans.rooms.parse(name(i), tags(i))}
	}
	spans.grow()
	for i := range n {
		s := spans.slots[spans.slot(hash, name(i), tags(i))].series
		if s == nil || s.columns.key.Metric != string(name(i)) || s.tags != string(tags(i)) {
			t.Errorf("got %v for the series %d", s, i)
		}
	}
}

// TestSpansInAnyOrder: what came behind a series the last time is not taken for what
// comes now, also when series have been forgotten in between.
func TestSpansInAnyOrder(t *testing.T) {
	random, spans := rand.New(rand.NewPCG(1, 2)), newSeriesSpans()
	for i := range 20_000 {
		if i%1000 == 999 {
			spans.enter(i)
		}
		name, host := fmt.Sprint("m", random.IntN(2)), fmt.Sprint(random.IntN(4))
		tags := `{"h":"` + host + `"}`
		if random.IntN(20) == 0 {
			tags = `{"h":""}`
		}
		s := spans.find([]byte(name), []byte(tags))
		if tags == `{"h":""}` {
			if s != nil {
				t.Fatalf("got %v for %s", s, tags)
			}
			continue
		}
		want := points.Key{Metric: name, Tags: points.Tags{{Name: "h", Value: host}}}
		if s == nil || s.columns.key.String() != want.String() {
			t.Fatalf("%d: got %v, want %v", i, s, want)
		}
	}
}

package kairosdb

import (
	"bytes"
	"context"
	"fmt"
	"math/bits"
	"slices"
	"testing"

	"aion/aggregators"
	"aion/storage"
)

// regulars is a store that has in mind whatever was written with a mark. It keeps no
// points.
type regulars struct {
	storage.Store
	refs         map[storage.Mark]storage.Ref
	asked, known int // how many it was asked for, and how many were written as known ones
}

// newRegulars is a store that has nothing in mind yet.
func newRegulars() *regulars { return &regulars{refs: map[storage.Mark]storage.Ref{}} }

// Recall tells what was written under marks.
func (r *regulars) Recall(marks []storage.Mark, refs []storage.Ref) {
	r.asked += len(marks)
	for i, m := range marks {
		refs[i] = r.refs[m]
	}
}

// Write notes the marks.
func (r *regulars) Write(_ context.Context, b *storage.Batch) error {
	r.known += len(b.Recalled)
	for i := range b.Changes {
		if m := b.Changes[i].Mark; m != (storage.Mark{}) && r.refs[m] == 0 {
			r.refs[m] = storage.Ref(len(r.refs) + 1)
		}
	}
	return nil
}

// takes has a parser store a body.
func (r *regulars) takes(t *testing.T, p *ingestParser, body []byte) {
	t.Helper()
	if messages, err := p.parse(t.Context(), bytes.NewReader(body), r); err != nil || messages != nil {
		t.Fatal(messages, err)
	}
}

// mixedBody has a point of each of the series from first to end, and every so many
// objects one of a series that has not been there before.
func mixedBody(first, end, every, body int) []byte {
	var b bytes.Buffer
	for i := first; i < end; i++ {
		b.WriteByte(",["[min(1, i-first)^1])
		device := fmt.Sprintf("device-%06d", i)
		if i%every == 0 {
			device += fmt.Sprintf("-%d", body)
		}
		fmt.Fprintf(&b, `{"name":"sensor.temperature","timestamp":1700000000000,"value":21.5,"tags":{"device":"%s"}}`, device)
	}
	b.WriteByte(']')
	return b.Bytes()
}

// TestStrangersPassUnasked: while all series are new the store is asked for hardly any.
func TestStrangersPassUnasked(t *testing.T) {
	const series, each = 20_000, 5000
	store, p := newRegulars(), parserOf(switches[aggregators.V13])
	for first := 0; first < series; first += each {
		store.takes(t, p, manySeriesBody(first, first+each))
	}
	if most := strangersAsked + bits.Len(strangersPass) + series/strangersPass; store.asked > most {
		t.Errorf("asked for %d of %d series that are new, want at most %d", store.asked, series, most)
	}
}

// TestStrangersBecomeKnown: series that were there before the store was opened are
// known the second time, though few of them were asked for the first time.
func TestStrangersBecomeKnown(t *testing.T) {
	const series = 5000
	store, p := newRegulars(), parserOf(switches[aggregators.V13])
	for range 2 {
		store.takes(t, p, manySeriesBody(0, series))
	}
	if n, least := store.known, series-strangersPass; n < least {
		t.Errorf("%d of %d series were written as known ones, want at least %d", n, series, least)
	}
}

// TestKnownAmongStrangers: where a share of the series is new, the others are written as
// known ones all the same, and so are those of a body behind one with nothing but new
// series.
func TestKnownAmongStrangers(t *testing.T) {
	const series = 5000
	for _, every := range []int{1000, 10, 4, 2} {
		t.Run(fmt.Sprintf("every=%d", every), func(t *testing.T) {
			store, p := newRegulars(), parserOf(switches[aggregators.V13])
			for body := range 8 {
				store.takes(t, p, mixedBody(0, series, every, body))
				store.takes(t, p, manySeriesBody((body+1)*series, (body+2)*series))
			}
			if n, least := store.known, 7*(series-series/every-strangersPass); n < least {
				t.Errorf("%d points were written as those of known series, want at least %d", n, least)
			}
		})
	}
}

// TestStrangersPass: how many pass grows with those that were not known, up to a bound,
// and none passes once one was known.
func TestStrangersPass(t *testing.T) {
	var s strangers
	passed := func() (n int) {
		for s.passes() {
			n++
		}
		return n
	}
	var got []int
	for range strangersAsked + bits.Len(strangersPass) + 2 {
		s.saw(false)
		got = append(got, passed())
	}
	want := make([]int, strangersAsked-1)
	for n := 1; n <= strangersPass; n *= 2 {
		want = append(want, n)
	}
	want = append(want, strangersPass, strangersPass, strangersPass)
	if !slices.Equal(got, want) {
		t.Errorf("passed %v, want %v", got, want)
	}
	s.saw(true)
	s.saw(false)
	if n := passed(); n != 0 {
		t.Errorf("%d passed behind one that was known and one that was not", n)
	}
}

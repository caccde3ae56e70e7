package storage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// curtain is a Veil over metrics by name: of pin nothing is seen at the devices that
// are named here, and serial is only read.
type curtain struct {
	private []string
	none    bool
	away    error
}

// Any tells whether it is there.
func (c *curtain) Any() bool { return !c.none }

// Covers tells whether a metric is one of those.
func (c *curtain) Covers(metric string) bool { return metric == "pin" || metric == "serial" }

// Tags are those that tell.
func (c *curtain) Tags() []string { return []string{"device"} }

// Access is what may be done with a series.
func (c *curtain) Access(_ context.Context, k *points.Key) (storage.Access, error) {
	device, _ := k.Tags.Value("device")
	switch {
	case c.away != nil:
		return storage.Private, c.away
	case k.Metric == "serial":
		return storage.Protected, nil
	case slices.Contains(c.private, device):
		return storage.Private, nil
	}
	return storage.Open, nil
}

// veiled is a store with series of three devices.
func veiled(t *testing.T) storage.Store {
	t.Helper()
	s := house(t)
	if err := s.Delete(t.Context(), storage.Selection{}, points.Always); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), batchOf("pin{device=d1,hint=x}", "pin{device=d2,room=r}", "pin{}", "serial{device=d1,made=y}", "temp{device=d1}")); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestVeilReads: what is private does not show, whichever way one asks, and nothing
// else is missing.
func TestVeilReads(t *testing.T) {
	tests := []struct {
		name      string
		veil      *curtain
		selection storage.Selection
		want      string
	}{
		{"all", &curtain{private: []string{"d1"}}, storage.Selection{},
			"pin{device=d2,room=r} pin{} serial{device=d1,made=y} temp{device=d1} | pin serial temp | device made room | d1 d2"},
		{"the metric", &curtain{private: []string{"d1"}}, storage.Selection{Metrics: []string{"pin"}}, "pin{device=d2,room=r} pin{} | pin | device room | d2"},
		{"a metric and others", &curtain{private: []string{"d1", "d2", ""}}, storage.Selection{Metrics: []string{"pin", "temp"}}, "temp{device=d1} | temp | device | d1"},
		{"a metric that is all hidden", &curtain{private: []string{"d1", "d2", ""}}, storage.Selection{Prefix: "p"}, " |  |  | "},
		{"another metric", &curtain{private: []string{"d1"}}, storage.Selection{Metrics: []string{"temp"}}, "temp{device=d1} | temp | device | d1"},
		{"a veil of nothing", &curtain{private: []string{"d1"}, none: true}, storage.Selection{Metrics: []string{"pin"}},
			"pin{device=d1,hint=x} pin{device=d2,room=r} pin{} | pin | device hint room | d1 d2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := storage.Narrowed(veiled(t), storage.Constraint{Veil: tt.veil})
			if got := view(t, n, tt.selection); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestVeilChanges: a batch that puts into what is not public is refused whole, one
// that only replaces there is not, and a deletion passes over what is private.
func TestVeilChanges(t *testing.T) {
	replacing := batchOf("temp{device=d1}")
	replacing.Remove(keyOf("serial{device=d1,made=y}"), 2)
	hidden := batchOf("temp{device=d1}")
	hidden.Remove(keyOf("pin{device=d1,hint=x}"), 1)
	ofMetrics := func(metrics ...string) func(storage.Store) error {
		return func(s storage.Store) error {
			return s.Delete(t.Context(), storage.Selection{Metrics: metrics}, points.Always)
		}
	}
	of := func(b *storage.Batch) func(storage.Store) error {
		return func(s storage.Store) error { return s.Write(t.Context(), b) }
	}
	const all = "pin{device=d1,hint=x} pin{device=d2,room=r} pin{} serial{device=d1,made=y} temp{device=d1}"
	tests := []struct {
		name string
		do   func(storage.Store) error
		err  string
		want string
	}{
		{"public", of(batchOf("pin{device=d2}")), "<nil>", "pin{device=d1,hint=x} pin{device=d2,room=r} pin{device=d2} pin{} serial{device=d1,made=y} temp{device=d1}"},
		{"private", of(batchOf("temp{device=d2}", "pin{device=d1}")), "not permitted: change 1 of the batch is to pin{device=d1} kairos_long", all},
		{"protected", of(batchOf("serial{device=d2}")), "not permitted: change 0 of the batch is to serial{device=d2} kairos_long", all},
		{"replacing what is protected", of(replacing), "<nil>", all},
		{"replacing what is private", of(hidden), "not permitted: change 1 of the batch is to pin{device=d1,hint=x} kairos_long", all},
		{"deleting", ofMetrics("pin", "temp"), "<nil>", "pin{device=d1,hint=x} serial{device=d1,made=y}"},
		{"deleting what is protected", ofMetrics("temp", "serial"), "not permitted: the points of serial{device=d1,made=y} kairos_long cannot be deleted", all},
		{"deleting everything", ofMetrics(), "not permitted: the points of serial{device=d1,made=y} kairos_long cannot be deleted", all},
		{"deleting by the name's beginning", func(s storage.Store) error {
			return s.Delete(t.Context(), storage.Selection{Prefix: "p"}, points.Always)
		}, "<nil>", "pin{device=d1,hint=x} serial{device=d1,made=y} temp{device=d1}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := veiled(t)
			err := tt.do(storage.Narrowed(s, storage.Constraint{Veil: &curtain{private: []string{"d1"}}}))
			if fmt.Sprint(err) != tt.err {
				t.Errorf("got %v, want %s", err, tt.err)
			}
			if got := joined(t, s.Select(t.Context(), storage.Selection{}), keyName); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// lifting is a curtain that is there for the first question alone.
type lifting struct {
	curtain
	asked int
}

// Covers tells whether a metric is one of those.
func (l *lifting) Covers(metric string) bool {
	l.asked++
	return l.asked == 1 && l.curtain.Covers(metric)
}

// TestVeilLifted: a deletion deletes what it names and nothing else where a metric is
// covered no more meanwhile.
func TestVeilLifted(t *testing.T) {
	s := veiled(t)
	n := storage.Narrowed(s, storage.Constraint{Veil: &lifting{}})
	if err := n.Delete(t.Context(), storage.Selection{Metrics: []string{"pin"}}, points.Always); err != nil {
		t.Fatal(err)
	}
	if got, want := joined(t, s.Select(t.Context(), storage.Selection{}), keyName), "serial{device=d1,made=y} temp{device=d1}"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestVeilFails: where it cannot be told what is hidden nothing is shown or done.
func TestVeilFails(t *testing.T) {
	away := errors.New("away")
	n := storage.Narrowed(veiled(t), storage.Constraint{Veil: &curtain{away: away}})
	all := storage.Selection{}
	var failed []error
	for _, err := range n.Select(t.Context(), storage.Selection{Metrics: []string{"pin"}}) {
		failed = append(failed, err)
	}
	for _, seq := range []func(func(string, error) bool){n.Metrics(t.Context(), all), n.TagNames(t.Context(), all), n.TagValues(t.Context(), "device", all)} {
		for _, err := range seq {
			failed = append(failed, err)
		}
	}
	failed = append(failed, n.Write(t.Context(), batchOf("pin{}")), n.Delete(t.Context(), all, points.Always))
	for _, err := range failed {
		if !errors.Is(err, away) {
			t.Errorf("got %v, want %v", err, away)
		}
	}
	if len(failed) != 6 {
		t.Errorf("got %s, want six failures", strings.TrimSpace(fmt.Sprint(failed)))
	}
}

// TestVeilRises: what is hidden of a sudden shows no more, though nothing was hidden
// when it was begun to list series.
func TestVeilRises(t *testing.T) {
	c := &curtain{private: []string{"d1", "d2", ""}, none: true}
	n := storage.Narrowed(veiled(t), storage.Constraint{Veil: c})
	seen := 0
	for series, err := range n.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		if k := series.Key(); seen > 0 && k.Metric == "pin" {
			t.Errorf("got %s after it was hidden", k)
		}
		seen++
		c.none = false
	}
	if seen < 2 {
		t.Errorf("got %d series, want those that nothing hides", seen)
	}
}

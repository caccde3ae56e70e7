package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// TestDemoFillsAnEmptyStoreOnly fills twice, and beside points of others.
func TestDemoFillsAnEmptyStoreOnly(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 3, 0, 0, time.UTC)
	store := memory.New(memory.Config{Now: func() time.Time { return now }})
	defer store.Close()
	written, err := fillDemo(t.Context(), store, now)
	if err != nil || written < 600_000 {
		t.Errorf("got %d points, %v, want 600,000 at least", written, err)
	}
	if again, err := fillDemo(t.Context(), store, now); again != 0 || err != nil {
		t.Errorf("got %d points, %v the second time, want none", again, err)
	}
	var metrics []string
	for name, err := range store.Metrics(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		metrics = append(metrics, name)
	}
	if want := []string{"door_openings", "humidity", "status", "temperature"}; !cmp.Equal(metrics, want) {
		t.Errorf("got metrics %v, want %v", metrics, want)
	}
	hour := points.Range{From: now.Add(-time.Hour).UnixMilli(), To: now.UnixMilli()}
	alive := 0
	for series, err := range store.Select(t.Context(), storage.Selection{Metrics: []string{"temperature"}}) {
		if err != nil {
			t.Fatal(err)
		}
		any, err := series.Any(t.Context(), hour)
		if err != nil {
			t.Fatal(err)
		}
		if any {
			alive++
		}
	}
	if alive != demoDevices-1 {
		t.Errorf("got %d devices with points in the last hour, want all but the dead one: %d", alive, demoDevices-1)
	}
}

// TestDemoIsTheSameForTheSameNow compares two fillings.
func TestDemoIsTheSameForTheSameNow(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	first, second := newDemoDevice(3, now), newDemoDevice(3, now)
	got, want := first.climate(demoStep, first.temperature), second.climate(demoStep, second.temperature)
	if !cmp.Equal(got, want) {
		t.Error("got different points for the same device and now")
	}
}

package pebble

import (
	"fmt"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// loadTenants makes a settled store of n devices with a series each, in turn of
// two organizations, as no run of neighbours would be.
func loadTenants(b *testing.B, n int) *Store {
	b.Helper()
	s := mustOpen(b, Config{Dir: b.TempDir()})
	keys := many("temperature", n)
	for i := range keys {
		keys[i].Tags[1] = points.Tag{Name: "organization", Value: []string{"acme", "other", "acme"}[i*7%11%3]}
	}
	putMany(b, s, keys, 1)
	if err := s.Compact(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkNarrowed finds the series and the names of two devices in stores of
// ten and of many devices, for who sees everything and for who sees these alone:
// that should take equally long.
func BenchmarkNarrowed(b *testing.B) {
	for _, devices := range []int{10, *indexSeries} {
		s := loadTenants(b, devices)
		some := storage.Constraint{}.Devices("device", "d000000", "d000002")
		first := storage.Matcher{Tag: "organization", Values: []string{"acme"}, Absent: true}
		for _, c := range []struct {
			who string
			storage.Constraint
		}{
			{"all", storage.Constraint{}},
			{"devices", some},
			{"guest", storage.Constraint{}.Organization("organization", "acme").Devices("device", "d000000", "d000002")},
			{"host", storage.Constraint{Matchers: append([]storage.Matcher{first}, some.Matchers...)}},
		} {
			n := storage.Narrowed(s, c.Constraint)
			filter := storage.Selection{Metrics: []string{"temperature"}, Matchers: some.Matchers}
			b.Run(fmt.Sprintf("what=series/who=%s/devices=%d", c.who, devices), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					found := 0
					for _, err := range n.Select(b.Context(), filter) {
						if err != nil {
							b.Fatal(err)
						}
						found++
					}
					if found != 2 {
						b.Fatalf("found %d series, want 2", found)
					}
				}
			})
			if c.who == "all" {
				continue
			}
			b.Run(fmt.Sprintf("what=names/who=%s/devices=%d", c.who, devices), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					for _, err := range n.TagValues(b.Context(), "site", storage.Selection{}) {
						if err != nil {
							b.Fatal(err)
						}
					}
				}
			})
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

package pebble

import (
	"math"
	"testing"

	"aion/storage"
)

// BenchmarkRecalled builds batches of numbers of series that are recalled, 5,000 numbers
// in a batch, one or five of each series.
func BenchmarkRecalled(b *testing.B) {
	const series, inBatch = 100_000, 5000
	for name, each := range map[string]int{"each=1": 1, "each=5": 5} {
		b.Run(name, func(b *testing.B) {
			s := mustOpen(b, Config{Dir: b.TempDir(), still: true})
			defer s.Close()
			putStep(b, s, many("temperature", series), 0)
			w, batch := new(writer), s.newBatch()
			numbers := make([]storage.Recalled, inBatch)
			next, before := 0, processorTime(b)
			b.ReportAllocs()
			for b.Loop() {
				for i := range numbers {
					numbers[i] = storage.Recalled{Ref: storage.Ref(1 + (next+i/each)%series), At: int64(i%each+1) * 60_000, Bits: math.Float64bits(float64(i%1000) / 10)}
				}
				next = (next + inBatch/each) % series
				w.recalled.take(numbers)
				if err := w.build(s, batch, nil); err != nil {
					b.Fatal(err)
				}
				batch.Reset()
			}
			b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(b.N)/inBatch, "processor-ns/point")
			if err := batch.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

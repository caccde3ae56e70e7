package load

import (
	"math"
	"math/bits"
	"time"
)

// fine is the number of bits that a histogram keeps of a time: it is off by less
// than one part in 128.
const fine = 7

// histogram counts times in buckets that grow with them. Its zero value is
// empty, its size fixed.
type histogram struct {
	counts [(64-fine)<<fine + 1]int64
	total  int64
	most   time.Duration
}

// add counts one time; one below zero is zero.
func (h *histogram) add(d time.Duration) {
	d = max(d, 0)
	h.counts[bucket(uint64(d))]++
	h.total++
	h.most = max(h.most, d)
}

// bucket is where a time in nanoseconds is counted.
func bucket(ns uint64) int {
	shift := max(bits.Len64(ns)-fine-1, 0)
	return shift<<fine + int(ns>>shift)
}

// ceiling is the longest time that is counted in a bucket.
func ceiling(bucket int) time.Duration {
	shift := max(bucket>>fine-1, 0)
	return time.Duration((bucket-shift<<fine+1)<<shift - 1)
}

// quantile is the least time that a share q of all is not above, up to the width
// of its bucket; 0 of none.
func (h *histogram) quantile(q float64) time.Duration {
	rank := max(int64(math.Ceil(q*float64(h.total))), 1)
	for i, n := range h.counts {
		if rank -= n; rank <= 0 {
			return min(ceiling(i), h.most)
		}
	}
	return h.most
}

// latency is what the histogram says, in milliseconds; nil of an empty one.
func (h *histogram) latency() *Latency {
	if h.total == 0 {
		return nil
	}
	ms := func(d time.Duration) float64 { return thousandths(float64(d) / 1e6) }
	return &Latency{ms(h.quantile(0.5)), ms(h.quantile(0.9)), ms(h.quantile(0.99)), ms(h.most)}
}

// thousandths is a number with no more than three places.
func thousandths(n float64) float64 { return math.Round(n*1000) / 1000 }

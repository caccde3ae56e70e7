package access

import (
	"fmt"
	"maps"
	"slices"
	"syscall"
	"testing"
	"time"
)

// marksOf are the marks of so many credentials, in an order that is not that in which
// they were made.
func marksOf(n int) []mark {
	all := make([]mark, n)
	for i := range all {
		all[i] = markOf(Credentials{ID: fmt.Sprint("dev-", i*7919%n), Secret: "secret"})
	}
	return all
}

// BenchmarkFindings is the part of a warm check that grows with the keys in use: the
// finding of a mark, and with it a call that is taken from the bucket that it names; of
// ten keys, and of 100,000 in turn. What is left of the growth is memory, since a bare
// map of the same findings, which nobody locks and of which nothing is copied, takes
// as long as the cache, and the bucket is one more piece that is in no cache of the
// processor's.
func BenchmarkFindings(b *testing.B) {
	used := func() int64 {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it is known
		return u.Utime.Nano() + u.Stime.Nano()
	}
	for _, n := range []int{10, 100_000} {
		marks, at := marksOf(n), time.Unix(1767225600, 0)
		c, bare := newCache(kept), map[mark]finding{}
		for _, m := range marksOf(n) {
			f := finding{calls: newBucket(1_000_000), rate: 1_000_000}
			c.keep(m, f)
			bare[m] = f
		}
		looks := map[string]func(m mark){
			"cache": func(m mark) { _, _ = c.find(m) },
			"cache and bucket": func(m mark) {
				f, _ := c.find(m)
				f.calls.take(int(f.rate), at)
			},
			"bare map": func(m mark) { _ = bare[m].calls },
		}
		for _, name := range slices.Sorted(maps.Keys(looks)) {
			look := looks[name]
			b.Run(fmt.Sprintf("keys=%d/%s", n, name), func(b *testing.B) {
				b.ReportAllocs()
				i, before := 0, used()
				for b.Loop() {
					look(marks[i])
					if i++; i == n {
						i = 0
					}
				}
				b.ReportMetric(float64(used()-before)/float64(b.N), "processor-ns/op")
			})
		}
	}
}

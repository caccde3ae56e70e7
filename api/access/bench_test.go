package access_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"aion/api/access"
	"aion/storage/memory"
)

// processor is the processor time of this process so far, which other processes
// on the machine do not lengthen as they do the time on the clock.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// inTurn are the credentials of keys as requests bring them, one behind the other
// in memory, in an order that is not that in which the keys were made.
func inTurn(keys []access.KeyRecord) []access.Credentials {
	var text []byte
	for i := range keys {
		k := &keys[i*7919%len(keys)]
		text = append(append(text, k.ID...), k.Secret...)
	}
	all, rest := make([]access.Credentials, len(keys)), string(text)
	for i := range all {
		k := &keys[i*7919%len(keys)]
		n, m := len(k.ID), len(k.ID)+len(k.Secret)
		all[i].ID, all[i].Secret, rest = rest[:n], rest[n:m], rest[m:]
	}
	return all
}

// BenchmarkLogin is what a warm check of a key costs a request, the noting that the
// request is under way included: of ten keys and of 100,000, ten of which are in
// use, and all in turn, where what is known of the next one is in no cache of the
// processor's. What that is of the difference BenchmarkFindings tells.
func BenchmarkLogin(b *testing.B) {
	for _, size := range []struct{ keys, used int }{{10, 10}, {100_000, 10}, {100_000, 100_000}} {
		n := size.keys
		b.Run(fmt.Sprintf("keys=%d/used=%d", n, size.used), func(b *testing.B) {
			h := beside(b, memory.New(memory.Config{}), nil, func(c *access.Config) { c.Now = nil })
			all := make([]access.KeyRecord, n)
			for i := range all {
				all[i] = access.KeyRecord{ID: fmt.Sprint("dev-", i), Secret: fmt.Sprint("secret-", i), RateLimit: 1_000_000}
			}
			if _, err := h.Keys.Import(operator(b), all); err != nil {
				b.Fatal(err)
			}
			for i := range all {
				if got := h.login(b, all[i].ID, all[i].Secret); got != 200 {
					b.Fatalf("got %d, want 200", got)
				}
			}
			b.ReportAllocs()
			shown := inTurn(all[:size.used])
			ctx, i, used := b.Context(), 0, processor(b)
			for b.Loop() {
				p, err := h.Admit(ctx, shown[i])
				if err != nil {
					b.Fatal(err)
				}
				_, release := h.Watch(ctx, p)
				release()
				if i++; i == len(shown) {
					i = 0
				}
			}
			b.ReportMetric(float64(processor(b)-used)/float64(b.N), "processor-ns/op")
		})
	}
}

// BenchmarkLoginUser is what a warm check of a user costs.
func BenchmarkLoginUser(b *testing.B) {
	h := open(b)
	if _, err := h.Users.Create(operator(b), access.UserRecord{Name: "ann", Password: "correct horse"}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Login(b.Context(), "ann", "correct horse"); err != nil {
			b.Fatal(err)
		}
	}
}

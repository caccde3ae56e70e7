package storagetest

import (
	"math"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// expireChecks are the demands on points with a time to live.
func expireChecks() []check {
	return []check{
		{"expire", "at once", expireAtOnce},
		{"expire", "by arrival", expireByArrival},
		{"expire", "never", expireNever},
		{"expire", "an overwrite never revives", expiredOverwrite},
		{"expire", "an overwrite lives on", overwriteLivesOn},
		{"expire", "names go", expiredNames},
		{"expire", "among much", expireAmongMuch},
		{"expire", "reopened", expireReopened},
		{"expire", "then write again", expireThenWrite},
	}
}

// expireAtOnce: points are there up to the last millisecond and not longer.
func expireAtOnce(f *fixture) {
	f.put(long("m", "h", "a"), longs(1, 1, 2, 2), 10*time.Second)
	f.put(long("m", "h", "a"), longs(3, 3), 20*time.Second)
	f.put(long("m", "h", "b"), longs(3, 3), 10*time.Second)
	f.clock.Advance(10*time.Second - time.Millisecond)
	f.holds("m{h=a} kairos_long: 1=1 2=2 3=3", "m{h=b} kairos_long: 3=3")
	f.clock.Advance(time.Millisecond)
	f.holds("m{h=a} kairos_long: 3=3")
	for r, want := range map[points.Range]bool{{From: 1, To: 2}: false, {From: 2, To: 3}: true} {
		if got, err := f.alive().Any(f.Context(), r); err != nil || got != want {
			f.Errorf("Any(%v) = %t, %v, want %t", r, got, err, want)
		}
	}
	f.clock.Advance(10 * time.Second)
	f.holds()
}

// alive is the series of host a.
func (f *fixture) alive() storage.Series {
	f.Helper()
	for s, err := range f.store.Select(f.Context(), storage.Selection{Matchers: []storage.Matcher{{Tag: "h", Values: []string{"a"}}}}) {
		f.must(err)
		return s
	}
	f.Fatal("there is no series of host a")
	return nil
}

// expireByArrival: life is counted from when a point arrives, not from its time.
func expireByArrival(f *fixture) {
	now := f.clock.Now().UnixMilli()
	f.put(long("m", "h", "a"), longs(math.MinInt32, 1, now-time.Hour.Milliseconds(), 2, now+time.Hour.Milliseconds(), 3), time.Minute)
	f.agree(storage.Selection{}, points.Always)
	f.clock.Advance(59 * time.Second)
	f.agree(storage.Selection{}, points.Always)
	f.clock.Advance(2 * time.Second)
	f.holds()
}

// expireNever: without a time to live points stay.
func expireNever(f *fixture) {
	f.put(long("m", "h", "a"), longs(1, 1), 0)
	f.clock.Advance(200 * 365 * 24 * time.Hour)
	f.sweep()
	f.holds("m{h=a} kairos_long: 1=1")
	f.named(storage.Selection{})
}

// expiredOverwrite: an older value does not come back when the one that replaced
// it has expired, whatever was done in between.
func expiredOverwrite(f *fixture) {
	between := []func(){func() {}, f.compact, f.sweep, f.reopen}
	for _, then := range between {
		f.put(long("m", "h", "a"), longs(1, 1, 2, 2, 3, 3), 0)
		then()
		f.put(long("m", "h", "a"), longs(2, 20), 10*time.Second)
		f.agree(storage.Selection{}, points.Always)
		then()
		f.clock.Advance(11 * time.Second)
		f.agree(storage.Selection{}, points.Always)
		f.sweep()
		f.agree(storage.Selection{}, points.Always)
		f.compact()
		f.agree(storage.Selection{}, points.Always)
	}
}

// overwriteLivesOn: a point that is replaced in time has the life of the new one.
func overwriteLivesOn(f *fixture) {
	f.put(long("m", "h", "a"), longs(1, 1, 2, 2, 3, 3), 10*time.Second)
	f.clock.Advance(5 * time.Second)
	f.put(long("m", "h", "a"), longs(1, 10), 0)
	f.put(long("m", "h", "a"), longs(2, 20), 10*time.Second)
	f.clock.Advance(6 * time.Second)
	f.holds("m{h=a} kairos_long: 1=10 2=20")
	f.compact()
	f.sweep()
	f.clock.Advance(5 * time.Second)
	f.holds("m{h=a} kairos_long: 1=10")
}

// expiredNames: names that only expired points had are gone after a sweep.
func expiredNames(f *fixture) {
	f.put(long("m", "h", "a", "only", "short"), longs(1, 1), 10*time.Second)
	f.put(long("m", "h", "a"), longs(1, 1), 0)
	f.put(long("n", "h", "b"), count(3000, 0, 1), 20*time.Second)
	f.compact()
	for range 3 {
		f.clock.Advance(11 * time.Second)
		f.sweep()
		f.named(storage.Selection{})
		f.selects("all", storage.Selection{})
	}
	f.reopen()
	f.named(storage.Selection{})
}

// expireAmongMuch: points of any life lie side by side in a long series.
func expireAmongMuch(f *fixture) {
	k := double("m", "h", "a")
	for i, ttl := range []time.Duration{0, 10 * time.Second, 20 * time.Second, time.Hour} {
		var b points.Block
		for j := range int64(3000) {
			b.AppendFloat(j*40+int64(i)*10, float64(j)+0.5)
		}
		f.put(k, b, ttl)
	}
	f.compact()
	f.put(k, everyThird(5), 10*time.Second)
	for range 4 {
		f.agree(storage.Selection{}, points.Always)
		f.agree(storage.Selection{}, points.Range{From: 5000, To: 7777})
		f.compact()
		f.agree(storage.Selection{}, points.Always)
		f.clock.Advance(9 * time.Second)
	}
}

// everyThird makes points that overwrite every third of those that never expire.
func everyThird(v float64) points.Block {
	var b points.Block
	for i := range int64(500) {
		b.AppendFloat(i*120, v)
	}
	return b
}

// expireReopened: a store that is opened again knows what expires when.
func expireReopened(f *fixture) {
	f.put(long("m", "h", "a"), longs(1, 1), 10*time.Second)
	f.put(long("m", "h", "a"), longs(2, 2), 30*time.Second)
	f.put(long("m", "h", "a"), longs(3, 3), 0)
	f.reopen()
	f.agree(storage.Selection{}, points.Always)
	f.clock.Advance(11 * time.Second)
	f.agree(storage.Selection{}, points.Always)
	f.compact()
	f.reopen()
	f.clock.Advance(20 * time.Second)
	f.agree(storage.Selection{}, points.Always)
}

// expireThenWrite: a series that has expired can be written again.
func expireThenWrite(f *fixture) {
	k := long("m", "h", "a")
	for i := range int64(3) {
		f.put(k, longs(i, i, i+1, i), 10*time.Second)
		f.agree(storage.Selection{}, points.Always)
		f.clock.Advance(11 * time.Second)
		f.holds()
		if i == 1 {
			f.sweep()
		}
	}
	f.put(k, longs(9, 9), 0)
	f.holds("m{h=a} kairos_long: 9=9")
	f.named(storage.Selection{})
}

package cassandra

import (
	"errors"
	"math"
	"testing"
	"time"

	"aion/storage/points"
)

// TestLives: what a point has left of its life, by the settings and by when it
// was written.
func TestLives(t *testing.T) {
	const now = 1_700_000_000_000
	day := 24 * time.Hour
	tests := []struct {
		name   string
		config Config
		ttl    time.Duration
		at     int64 // of the point
		write  int64 // 0: now
		want   int32
		fate   fate
	}{
		{"for ever", Config{}, 0, now, 0, 0, lives},
		{"its own", Config{}, time.Hour, 0, 0, 3600, lives},
		{"rounded up", Config{}, time.Nanosecond, 0, 0, 1, lives},
		{"rounded up to a second", Config{}, 1001 * time.Millisecond, 0, 0, 2, lives},
		{"the default", Config{TTL: day}, 0, 0, 0, 86400, lives},
		{"its own before the default", Config{TTL: day}, time.Hour, 0, 0, 3600, lives},
		{"forced", Config{TTL: day, ForceTTL: true}, time.Hour, 0, 0, 86400, lives},
		{"forced to live for ever", Config{ForceTTL: true}, time.Hour, 0, 0, 0, lives},
		{"the longest", Config{}, maxLife * time.Second, 0, 0, maxLife, lives},
		{"aligned, no life", Config{AlignTTL: true}, 0, 5, 0, 0, lives},
		{"aligned, of now", Config{AlignTTL: true}, time.Hour, now, 0, 3600, lives},
		{"aligned, half over", Config{AlignTTL: true}, time.Hour, now - 1_800_000, 0, 1800, lives},
		{"aligned, a millisecond left", Config{AlignTTL: true}, time.Hour, now - 3_599_999, 0, 1, lives},
		{"aligned, over", Config{AlignTTL: true}, time.Hour, now - 3_600_000, 0, 0, unborn},
		{"aligned, long over", Config{AlignTTL: true}, time.Hour, math.MinInt64, 0, 0, unborn},
		{"aligned, of the future", Config{AlignTTL: true}, time.Hour, now + 60_000, 0, 3660, lives},
		{"late", Config{}, time.Hour, 0, now - 600_000, 3000, lives},
		{"late, over by now", Config{}, time.Hour, 0, now - 3_600_000, 0, expired},
		{"late, for ever", Config{}, 0, 0, now - 3_600_000, 0, lives},
		{"late and aligned, over by now", Config{AlignTTL: true}, time.Hour, now - 3_700_000, now - 600_000, 0, expired},
		{"late and aligned, over even then", Config{AlignTTL: true}, time.Hour, now - 7_200_000, now - 600_000, 0, unborn},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := tt.config.reaper(now, tt.write)
			life, err := r.effective(tt.ttl)
			if err != nil {
				t.Fatal(err)
			}
			if got, fate, err := r.left(life, tt.at); got != tt.want || fate != tt.fate || err != nil {
				t.Errorf("got %d s, fate %d, %v; want %d s, fate %d", got, fate, err, tt.want, tt.fate)
			}
		})
	}
}

// TestLivesRefused: lives that Cassandra would refuse.
func TestLivesRefused(t *testing.T) {
	var invalid *points.InvalidError
	r := (&Config{AlignTTL: true}).reaper(1_700_000_000_000, 0)
	for _, ttl := range []time.Duration{-1, -time.Hour, maxLife*time.Second + 1} {
		if _, err := r.effective(ttl); !errors.As(err, &invalid) {
			t.Errorf("%s: got %v, want it refused", ttl, err)
		}
	}
	for _, at := range []int64{1_700_000_001_000, math.MaxInt64} {
		if _, _, err := r.left(maxLife*1000, at); !errors.As(err, &invalid) {
			t.Errorf("a life of 20 years that begins at %d: got %v, want it refused", at, err)
		}
	}
}

// TestIndexEnd: an index row outlives its points by the margin, or lives for
// ever where Cassandra would refuse that.
func TestIndexEnd(t *testing.T) {
	const now, margin = 1_700_000_000_000, 1_814_400
	tests := []struct{ life, margin, want int64 }{
		{0, margin, 0},
		{1, margin, 1 + margin},
		{86400, margin, 86400 + margin},
		{maxLife, margin, 0},
		{maxLife - margin, margin, 0},               // the end lies after 2038
		{447_483_645 - margin, margin, 447_483_645}, // 2038-01-19T03:14:05Z
		{447_483_646 - margin, margin, 0},           // a second later
		{60, 1_814_400_000_000 / 1000, 0},           // KairosDB's SECONDS with wide rows
	}
	for _, tt := range tests {
		if got := indexLife(now, indexEnd(now, tt.life, tt.margin)); got != tt.want {
			t.Errorf("a life of %d with a margin of %d: got %d, want %d", tt.life, tt.margin, got, tt.want)
		}
	}
	if got := indexLife(now+500, indexEnd(now, 10, 0)); got != 10 {
		t.Errorf("half a second later: got %d, want it rounded up to 10", got)
	}
}

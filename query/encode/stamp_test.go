package encode

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// wallOf is a time as a wallWriter writes it.
func wallOf(w *wallWriter, at int64) string {
	p := make([]byte, maxStamp)
	return string(p[:w.wall(p, 0, at)])
}

// TestWall takes times and zones of every sort.
func TestWall(t *testing.T) {
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		zone *time.Location
		at   int64
		want string
	}{
		{time.UTC, 0, "1970-01-01T00:00:00.000Z"},
		{time.UTC, -1, "1969-12-31T23:59:59.999Z"},
		{time.UTC, 1_700_000_000_007, "2023-11-14T22:13:20.007Z"},
		{berlin(t), 1_700_000_000_007, "2023-11-14T23:13:20.007+01:00"},
		{berlin(t), 1_698_541_199_999, "2023-10-29T02:59:59.999+02:00"},
		{berlin(t), 1_698_541_200_000, "2023-10-29T02:00:00.000+01:00"},
		{time.FixedZone("", -(3*60+30)*60), 0, "1969-12-31T20:30:00.000-03:30"},
		{time.FixedZone("", 1172), 5, "1970-01-01T00:00:00.005Z"},
		{amsterdam, -1_100_000_000_000, "1935-02-22T12:26:40.000Z"},
		{time.UTC, 253_402_300_799_999, "9999-12-31T23:59:59.999Z"},
		{time.UTC, 253_402_300_800_000, "+10000-01-01T00:00:00.000Z"},
		{time.UTC, -62_167_219_200_001, "-0001-12-31T23:59:59.999Z"},
		{time.UTC, math.MaxInt64, "+292278994-08-17T07:12:55.807Z"},
		{time.UTC, math.MinInt64, "-292275055-05-16T16:47:04.192Z"},
	} {
		if got := wallOf(&wallWriter{zone: tt.zone}, tt.at); got != tt.want {
			t.Errorf("%d in %s: got %s, want %s", tt.at, tt.zone, got, tt.want)
		}
	}
}

// TestWallReference compares times in their order, near each other and not, with
// package time's, in zones that change their offset in the middle of a minute, too.
func TestWallReference(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 31))
	for _, name := range []string{"UTC", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Monrovia", "Asia/Kathmandu"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for range 300 {
			w := &wallWriter{before: `{"time":"`, zone: zone}
			at, step := r.Int64N(8e12)-4e12, int64(1)<<r.IntN(34)
			for range 50 {
				at += r.Int64N(step) + 1
				local := time.UnixMilli(at).In(zone)
				if _, offset := local.Zone(); offset%60 != 0 {
					local = local.UTC()
				}
				want := w.before + local.Format("2006-01-02T15:04:05.000Z07:00")
				if got := wallOf(w, at); got != want {
					t.Fatalf("%d in %s: got %s, want %s", at, name, got, want)
				}
			}
		}
	}
}

// FuzzWall: every time of four digits a year reads back as itself, whatever came
// before it.
func FuzzWall(f *testing.F) {
	f.Add(int64(0), int64(1))
	f.Add(int64(1_698_541_199_999), int64(1_698_541_200_000))
	zone := berlin(f)
	f.Fuzz(func(t *testing.T, before, at int64) {
		w := &wallWriter{zone: zone}
		wallOf(w, before)
		text := wallOf(w, at)
		if bytes.ContainsAny([]byte(text[:1]), "+-") {
			return
		}
		if got, err := time.Parse(time.RFC3339Nano, text); err != nil || got.UnixMilli() != at {
			t.Fatalf("%d printed as %s reads back as %d, %v", at, text, got.UnixMilli(), err)
		}
	})
}

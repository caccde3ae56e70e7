package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// ago is so many days before the clocks of tests begin, in milliseconds.
func ago(days int) int64 { return begin.AddDate(0, 0, -days).UnixMilli() }

// kept prints what a store holds, with the days before the beginning in the place
// of times.
func kept(t *testing.T, y *yard, days ...int) string {
	t.Helper()
	pairs := map[string]string{}
	for _, d := range days {
		pairs[fmt.Sprint(ago(d))] = fmt.Sprintf("-%d", d)
	}
	text := held(t, y.store)
	for from, to := range pairs {
		text = strings.ReplaceAll(text, from, to)
	}
	return text
}

// TestSweep: rules of profiles, devices, policies and prefixes each take what is
// theirs, and nothing that a mere write has made.
func TestSweep(t *testing.T) {
	days := []int{1, 3, 40, 100, 400}
	var all []int64
	for _, d := range days {
		all = append(all, ago(d))
	}
	tests := []struct {
		name   string
		rules  []Rule
		change func(*testing.T, *Fleet)
		series []string
		want   string
	}{
		{"no rules", nil, nil, []string{"t{device=d}", "t{device=d,retention_policy=retention2days}"},
			"t{device=d,retention_policy=retention2days} -400 -100 -40 -3 -1; t{device=d} -400 -100 -40 -3 -1"},
		{"a profile's lifetime", nil, func(t *testing.T, f *Fleet) {
			profile(t, f, Property{Name: "Temp", Retention: &Retention{Lifetime: "3months"}}, Property{Name: "hum"})
		}, []string{"temp{device=d,profile=p}", "temp{device=d,profile=q}", "temp{device=d}", "hum{device=d,profile=p}"},
			"hum{device=d,profile=p} -400 -100 -40 -3 -1; temp{device=d,profile=p} -40 -3 -1; " +
				"temp{device=d,profile=q} -400 -100 -40 -3 -1; temp{device=d} -400 -100 -40 -3 -1"},
		{"the most recent", nil, func(t *testing.T, f *Fleet) {
			profile(t, f, Property{Name: "t", Retention: &Retention{Type: "mostrecent"}})
		}, []string{"t{device=d,profile=p}", "t{device=d,profile=p,source=a}", "t{device=e,profile=p}"},
			"t{device=d,profile=p,source=a} -1; t{device=d,profile=p} -1; t{device=e,profile=p} -1"},
		{"a capacity", nil, func(t *testing.T, f *Fleet) {
			device(t, f, Device{ID: "d", Properties: []Property{{Name: "T", Retention: &Retention{Capacity: 3}}}})
		}, []string{"t{device=d}", "t{device=e}", "t{device=d,profile=p}"},
			"t{device=d,profile=p} -400 -100 -40 -3 -1; t{device=d} -40 -3 -1; t{device=e} -400 -100 -40 -3 -1"},
		{"a capacity that is not reached", nil, func(t *testing.T, f *Fleet) {
			device(t, f, Device{ID: "d", Properties: []Property{{Name: "T", Retention: &Retention{Capacity: 5, Lifetime: "unlimited"}}}})
		}, []string{"t{device=d}"}, "t{device=d} -400 -100 -40 -3 -1"},
		{"policies", nil, func(t *testing.T, f *Fleet) {
			device(t, f, Device{ID: "d", RetentionPolicy: "retention2days"})
			if _, err := f.Change(t.Context(), "", "d", func(d *Device) error { d.RetentionPolicy = "retention183days"; return nil }); err != nil {
				t.Fatal(err)
			}
		}, []string{"t{device=d}", "t{device=d,retention_policy=retention2days}", "t{device=d,retention_policy=retention183days}",
			"t{device=d,retention_policy=retention30days}", "t{device=e,retention_policy=retention2days}"},
			"t{device=d,retention_policy=retention183days} -100 -40 -3 -1; t{device=d,retention_policy=retention2days} -1; " +
				"t{device=d,retention_policy=retention30days} -400 -100 -40 -3 -1; t{device=d} -400 -100 -40 -3 -1; " +
				"t{device=e,retention_policy=retention2days} -400 -100 -40 -3 -1"},
		{"prefixes", []Rule{{"t", 50 * 24 * time.Hour}, {"temp", 0}, {"tempo", 2 * 24 * time.Hour}}, nil, []string{"t{a=b}", "temp{a=b}", "tempo{a=b}", "u{a=b}"},
			"tempo{a=b} -1; temp{a=b} -400 -100 -40 -3 -1; t{a=b} -40 -3 -1; u{a=b} -400 -100 -40 -3 -1"},
		{"a device that is gone", nil, func(t *testing.T, f *Fleet) {
			device(t, f, Device{ID: "d", RetentionPolicy: "retention2days"})
			if err := f.Delete(t.Context(), "", "d", false); err != nil {
				t.Fatal(err)
			}
		}, []string{"t{device=d,retention_policy=retention2days}"}, "t{device=d,retention_policy=retention2days} -400 -100 -40 -3 -1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			y := newYard(t)
			swept := 0
			f := y.fleet(func(c *Config) { c.Rules, c.Swept = tt.rules, func(n int) { swept += n } })
			for _, series := range tt.series {
				write(t, y.store, series, all...)
			}
			before := kept(t, y, days...)
			if tt.change != nil {
				tt.change(t, f)
			}
			for range 2 {
				if err := f.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if got := kept(t, y, days...); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
			if (swept != 0) != (tt.want != before) {
				t.Errorf("got %d series swept, from %s", swept, before)
			}
		})
	}
}

// profile makes profile p.
func profile(t *testing.T, f *Fleet, list ...Property) {
	t.Helper()
	if _, err := f.CreateProfile(t.Context(), "", Profile{Name: "P", Properties: list}); err != nil {
		t.Fatal(err)
	}
}

// device makes a device.
func device(t *testing.T, f *Fleet, d Device) {
	t.Helper()
	if _, err := f.Create(t.Context(), "", d); err != nil {
		t.Fatal(err)
	}
}

// TestSweepOrganizations: an organization's rules do not touch another one's
// points.
func TestSweepOrganizations(t *testing.T) {
	y := newYard(t)
	y.shared(Tenancy{Home: "acme", Several: true})
	f := y.fleet()
	for _, series := range []string{"t{device=d,retention_policy=retention2days}", "t{device=d,organization=acme,retention_policy=retention2days}",
		"t{device=d,organization=other,retention_policy=retention2days}"} {
		write(t, y.store, series, ago(3), ago(1))
	}
	device(t, f, Device{ID: "d", RetentionPolicy: "retention2days"})
	if err := f.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := "t{device=d,organization=acme,retention_policy=retention2days} -1; " +
		"t{device=d,organization=other,retention_policy=retention2days} -3 -1; t{device=d,retention_policy=retention2days} -1"
	if got := kept(t, y, 1, 3); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestSweepsTakeTurns: of servers on a store one sweeps at a time, as often as is
// due, and another one goes on when it has died.
func TestSweepsTakeTurns(t *testing.T) {
	y := newYard(t)
	rule := func(name string) *Fleet {
		return y.fleet(func(c *Config) { c.Owner, c.Rules = name, []Rule{{"t", 24 * time.Hour}} })
	}
	one, two, ctx := rule("one"), rule("two"), t.Context()
	due := func(want bool, f *Fleet) {
		t.Helper()
		write(t, y.store, "t{a=b}", ago(9))
		if err := f.sweepInTurn(ctx); err != nil {
			t.Fatal(err)
		}
		if got := held(t, y.store) == ""; got != want {
			t.Errorf("%s: swept %v, want %v", f.c.Owner, got, want)
		}
	}
	due(true, one)
	due(false, two)
	y.pass(11 * time.Minute)
	l, err := one.turn(ctx) // and dies
	if err != nil {
		t.Fatal(err)
	}
	due(false, two)
	y.pass(leaseTime)
	due(true, two)
	if err := one.prolong(ctx, &l); !errors.Is(err, errOther) {
		t.Errorf("got %v: the dead one sweeps on", err)
	}
}

// TestRunSweeps: a fleet that runs sweeps by itself and stops when it is told to.
func TestRunSweeps(t *testing.T) {
	y := newYard(t)
	var once sync.Once
	done := make(chan struct{})
	f := y.fleet(func(c *Config) {
		c.Rules, c.Swept = []Rule{{"t", 24 * time.Hour}}, func(int) { once.Do(func() { close(done) }) }
	})
	write(t, y.store, "t{a=b}", ago(9))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ended := make(chan struct{})
	go func() { defer close(ended); f.Run(ctx) }()
	select {
	case <-done:
	case <-ctx.Done():
		t.Error("nothing was swept")
	}
	cancel()
	<-ended
}

// TestLives: lifetimes are calendar times.
func TestLives(t *testing.T) {
	for text, want := range map[string]string{
		"unlimited": "for ever", "": "for ever", "1days": "2026-05-31", "3months": "2026-03-01", "1years": "2025-06-01", "1year": "2025-06-01",
		"0days": "error", "-1days": "error", "+1days": "error", "3weeks": "error", "days": "error", "3": "error", "3 days": "error", "99999999days": "error",
	} {
		l, err := ParseLife(text)
		got := "for ever"
		if at, ok := l.Before(begin); ok {
			got = at.Format(time.DateOnly)
		}
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

package fleet

import (
	"errors"
	"fmt"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestPlace: a property is found by its id and its name in any case, the very id and
// then the name before other ones, and by its qualified name; what nothing defines is
// a metric.
func TestPlace(t *testing.T) {
	f, ctx := newYard(t).fleet(), t.Context()
	if _, err := f.CreateProfile(ctx, "", Profile{Name: "MySensor", Properties: []Property{{ID: "p1", Name: "Temp", Type: "number"}, {Name: "Both"}, {Name: "p5"}}}); err != nil {
		t.Fatal(err)
	}
	d, err := f.Create(ctx, "", Device{ID: "d", Profile: "mysensor", Properties: []Property{{ID: "p2", Name: "both"}, {ID: "P5", Name: "Own"}}})
	if err != nil {
		t.Fatal(err)
	}
	bare, err := f.Create(ctx, "", Device{ID: "bare"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		d         *Device
		ref, want string
	}{
		{&d, "temp", "temp mysensor$temp known"}, {&d, "TEMP", "temp mysensor$temp known"}, {&d, "p1", "temp mysensor$temp known"},
		{&d, "P1", "temp mysensor$temp known"}, {&d, "P2", "both device$both known"}, {&d, "p5", "p5 mysensor$p5 known"}, {&d, "P5", "own device$own known"},
		{&d, "mysensor$temp", "temp mysensor$temp known"}, {&d, "MySensor$Temp", "temp mysensor$temp known"},
		{&d, "Both", "both device$both known"}, {&d, "p2", "both device$both known"}, {&d, "device$own", "own device$own known"},
		{&d, "Else", "else device$else"}, {&d, "device$else", "else device$else"},
		{&d, "other$temp", `there is no property "other$temp"`}, {&d, "mysensor$own", `there is no property "mysensor$own"`},
		{&d, "device$temp", `there is no property "device$temp"`}, {&d, "Device$TEMP", `there is no property "Device$TEMP"`},
		{&d, "mysensor$p1", `there is no property "mysensor$p1"`}, {&d, "", `there is no property ""`}, {&d, "device$", `there is no property "device$"`},
		{&bare, "temp", "temp device$temp"}, {&bare, "mysensor$temp", `there is no property "mysensor$temp"`},
	}
	for _, tt := range tests {
		p, err := f.Place(ctx, tt.d, tt.ref)
		got := p.Metric + " " + p.QualifiedName()
		if p.Known {
			got += " known"
		}
		if err != nil {
			got = fmt.Sprint(err)
		}
		if got != tt.want {
			t.Errorf("%s of %s: got %s, want %s", tt.ref, tt.d.ID, got, tt.want)
		}
	}
	if err := f.DeleteProfile(ctx, "", "mysensor"); !errors.Is(err, ErrUsed) {
		t.Errorf("got %v for a profile that a device has, want %v", err, ErrUsed)
	}
	if _, err := f.Change(ctx, "", d.ID, func(d *Device) error { d.Profile = ""; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := f.DeleteProfile(ctx, "", "mysensor"); err != nil {
		t.Fatal(err)
	}
	if list, err := f.Places(ctx, &d); err != nil || len(list) != 2 {
		t.Errorf("got %v, %v, want the device's own", list, err)
	}
}

// TestPlaceMatchers: a profile's property is read from series of the profile and
// from those without one, never from another profile's.
func TestPlaceMatchers(t *testing.T) {
	for _, tt := range []struct{ profile, series string }{
		{"p", "t{device=d,profile=p} t{device=d}"}, {"", "t{device=d,profile=p} t{device=d,profile=q} t{device=d}"},
	} {
		got := ""
		for _, series := range []string{"t{device=d,profile=p}", "t{device=d,profile=q}", "t{device=d}"} {
			k := keyOf(series)
			s := storage.Selection{Matchers: Place{Metric: "t", Profile: tt.profile}.Matchers()}
			if s.Matches(&points.Key{Metric: k.Metric, Tags: k.Tags}) {
				got += " " + series
			}
		}
		if got != " "+tt.series {
			t.Errorf("%q: got%s, want %s", tt.profile, got, tt.series)
		}
	}
}

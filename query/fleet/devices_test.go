package fleet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"aion/storage/points"
)

// TestDeviceLife: a device is created, read, listed, changed, renamed and deleted,
// and found by whatever it is called.
func TestDeviceLife(t *testing.T) {
	y := newYard(t)
	f, ctx := y.fleet(), t.Context()
	made, err := f.Create(ctx, "", Device{ID: "d1", Name: "Boiler", Aliases: []string{"SN-1", "eui1", "d1", "SN-1"}, NewSecret: "ABCDEFGHIJKLMNO-1"})
	if err != nil {
		t.Fatal(err)
	}
	if made.Status != Enabled || !slices.Equal(made.Aliases, []string{"SN-1", "eui1"}) || !made.Created.Equal(begin) || made.NewSecret != "" {
		t.Errorf("got %+v", made)
	}
	ids := made.Identifiers()
	for _, ref := range []string{"d1", "SN-1", "eui1", "Boiler", ids.Digits, ids.Hex, ids.UUID, strings.ToUpper(ids.Hex), strings.ToUpper(ids.UUID)} {
		got, err := f.Resolve(ctx, "", ref, Manner{})
		if err != nil || got.ID != "d1" {
			t.Errorf("%s: got %q, %v, want d1", ref, got.ID, err)
		}
	}
	y.pass(1000)
	changed, err := f.Change(ctx, "", "d1", func(d *Device) error {
		d.Name, d.Aliases, d.Number, d.ID, d.Status = "Heater", []string{"SN-2"}, 5, "d2", Disabled
		return nil
	})
	if err != nil || changed.ID != "d1" || changed.Number != made.Number || changed.Status != Disabled {
		t.Errorf("got %+v, %v", changed, err)
	}
	for ref, want := range map[string]bool{"d1": true, "SN-1": false, "eui1": false, "Boiler": false, "Heater": true, "SN-2": true, ids.Hex: true} {
		if _, err := f.Resolve(ctx, "", ref, Manner{}); (err == nil) != want || !want && !errors.Is(err, ErrUnknown) {
			t.Errorf("%s: got %v, want it found: %v", ref, err, want)
		}
	}
	if got, err := f.BySecret(ctx, "ABCDEFGHIJKLMNO-1"); err != nil || got.ID != "d1" {
		t.Errorf("by its secret: got %q, %v", got.ID, err)
	}
	if err := f.Delete(ctx, "", "d1", false); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"d1", "SN-2", "Heater", ids.Digits} {
		if got, err := f.Resolve(ctx, "", ref, Manner{AnyCase: true}); !errors.Is(err, ErrUnknown) {
			t.Errorf("%s: got %q, %v after the deletion", ref, got.ID, err)
		}
	}
	if _, err := f.BySecret(ctx, "ABCDEFGHIJKLMNO-1"); !errors.Is(err, ErrUnknown) || strings.Contains(err.Error(), "ABC") {
		t.Errorf("got %v", err)
	}
	for _, kind := range []string{kindDevice, kindAlias, kindSecret, kindRuled} {
		if left, err := f.c.Catalog.List(ctx, kind, "", "", 10); err != nil || len(left) != 0 {
			t.Errorf("got %v, %v left of kind %s", left, err, kind)
		}
	}
}

// TestAliasOfAnother: an identifier that was made for a device is no alias of
// another one, in none of its forms, and means the same device as before.
func TestAliasOfAnother(t *testing.T) {
	f := newYard(t).fleet()
	made, err := f.Create(t.Context(), "", Device{ID: "d1"})
	if err != nil {
		t.Fatal(err)
	}
	aliasOfAnother(t, f, &made)
}

// TestAliasOfAnotherOnPage is TestAliasOfAnother where the device was created with others.
func TestAliasOfAnotherOnPage(t *testing.T) {
	f := newYard(t).fleet()
	if _, err := f.bear(t.Context(), birthsOf("d1", "d0")...); err != nil {
		t.Fatal(err)
	}
	made, err := f.Device(t.Context(), "", "d1")
	if _, ok := pageOf(made.Number); err != nil || !ok {
		t.Fatalf("got %+v, %v, want a device on a page", made, err)
	}
	aliasOfAnother(t, f, &made)
}

// aliasOfAnother fails where an identifier of d1 becomes an alias of another device.
func aliasOfAnother(t *testing.T, f *Fleet, made *Device) {
	t.Helper()
	ids, ctx := made.Identifiers(), t.Context()
	if _, err := f.Create(ctx, "", Device{ID: "d2"}); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{ids.Digits, ids.Hex, ids.UUID, strings.ToUpper(ids.Hex), strings.ToUpper(ids.UUID)} {
		alias := func(d *Device) error { d.Aliases = []string{ref}; return nil }
		if _, err := f.Create(ctx, "", Device{ID: "d3", Aliases: []string{ref}}); !errors.Is(err, ErrTaken) {
			t.Errorf("a new device called %s: got %v, want it taken", ref, err)
		}
		if _, err := f.Change(ctx, "", "d2", alias); !errors.Is(err, ErrTaken) {
			t.Errorf("another device called %s: got %v, want it taken", ref, err)
		}
		if got, err := f.Resolve(ctx, "", ref, Manner{}); err != nil || got.ID != "d1" {
			t.Errorf("%s: got %q, %v, want d1", ref, got.ID, err)
		}
		if _, err := f.Change(ctx, "", "d1", alias); err != nil {
			t.Errorf("its own device called %s: got %v", ref, err)
		}
	}
	if _, err := f.Device(ctx, "", "d3"); !errors.Is(err, ErrUnknown) {
		t.Errorf("got %v, want no d3", err)
	}
}

// TestRefusals: what is wrong with a device is said field by field, what another
// one has is refused, and nothing changes.
func TestRefusals(t *testing.T) {
	f, ctx := newYard(t).fleet(), t.Context()
	for _, d := range []Device{{ID: "d1", Aliases: []string{"a1"}, NewSecret: "secret-of-device-1"}, {ID: "d2", Aliases: []string{"a2"}}} {
		if _, err := f.Create(ctx, "", d); err != nil {
			t.Fatal(err)
		}
	}
	least, most := 2.0, 1.0
	tests := []struct {
		name string
		d    Device
		want string
	}{
		{"no id", Device{}, "id: it is missing"},
		{"an id that is no text", Device{ID: "a\x01"}, `id: got "a\x01", want UTF-8 without control characters`},
		{"a long id", Device{ID: strings.Repeat("x", 513)}, "id: it has 513 bytes, and at most 512 are kept"},
		{"an id that is there", Device{ID: "d1"}, `id: "d1" is in use already`},
		{"an id that is an alias", Device{ID: "a1"}, `id: "a1" is in use already`},
		{"an alias that is there", Device{ID: "d3", Aliases: []string{"a2"}}, `aliases: "a2" is in use already`},
		{"an alias that is an id", Device{ID: "d3", Aliases: []string{"d2"}}, `aliases: "d2" is in use already`},
		{"a secret that is there", Device{ID: "d3", NewSecret: "secret-of-device-1"}, "secret: it is in use already"},
		{"a secret that is none", Device{ID: "d3", NewSecret: "seven-1"}, "secret: want 8 to 128 characters of A-Z a-z 0-9 - . _"},
		{"a status", Device{ID: "d3", Status: "off"}, `status: got "off", want enabled or disabled`},
		{"a profile", Device{ID: "d3", Profile: "none"}, `profile: there is none named "none"`},
		{"two", Device{ID: "d3", Status: "x", RetentionPolicy: "y"},
			`status: got "x", want enabled or disabled; retentionPolicy: got "y", want retentionForever, or retention2days, 30, 183, 365, 730 or 1826`},
		{"rights", Device{ID: "d3", Rights: []Right{{"u", "read"}, {"", "all"}}},
			`rights[1].user: it is missing; rights[1].right: got "all", want admin, write, read or peek`},
		{"properties", Device{ID: "d3", Properties: []Property{{Name: "a"}, {Name: "A", Type: "x", Access: "y", Boundaries: &Boundaries{Min: &least, Max: &most, Size: -1, Enum: &Items{[]any{1.0, map[string]any{}}}, Lat: &most}}}},
			`properties[1].type: got "x", want one of number, boolean, string, enum, object, waypoint; ` +
				`properties[1].access: got "y", want private, protected or public; properties[1].boundaries: min is above max; properties[1].boundaries.size: got -1, want bytes, more than none; ` +
				`properties[1].boundaries.enum.set[1]: got map[], want a text or a number; properties[1].boundaries: want lat, lon and radius; ` +
				"properties[1]: there are two with the name a"},
		{"a rule", Device{ID: "d3", Properties: []Property{{Name: "a$b", Retention: &Retention{"x", "3weeks", -1, &Condition{"changedx", 0}}}}},
			`properties[0].name: got "a$b", want it without $; properties[0].retention.type: got "x", want historical or mostrecent; ` +
				`properties[0].retention.lifetime: got "3weeks", want unlimited, or such as 90days, 3months or 1years; ` +
				"properties[0].retention.capacity: got -1, want 0 or more; properties[0].retention.condition.value: got 0, want 1 to 100"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := f.Create(ctx, "", tt.d)
			var invalid *points.InvalidError
			if fmt.Sprint(err) != tt.want || !errors.As(err, &invalid) && !errors.Is(err, ErrTaken) {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
		})
	}
	if _, err := f.Change(ctx, "", "d2", func(d *Device) error { d.Aliases = append(d.Aliases, "free", "a1"); return nil }); !errors.Is(err, ErrTaken) {
		t.Errorf("got %v, want it taken", err)
	}
	list, err := f.Devices(ctx, "", "", "", 10)
	if err != nil || len(list) != 2 || !slices.Equal(list[1].Aliases, []string{"a2"}) {
		t.Errorf("got %+v, %v", list, err)
	}
	if _, err := f.Create(ctx, "", Device{ID: "d3", Aliases: []string{"free"}}); err != nil {
		t.Errorf("got %v: an alias was kept by a change that failed", err)
	}
}

// TestNames: several devices may have a name; who uses it is told that it is not
// enough.
func TestNames(t *testing.T) {
	f, ctx := newYard(t).fleet(), t.Context()
	for i := range 12 {
		if _, err := f.Create(ctx, "", Device{ID: fmt.Sprintf("d%02d", i), Name: "Sensor", Aliases: []string{fmt.Sprintf("Eui%d", i)}}); err != nil {
			t.Fatal(err)
		}
		_, err := f.Resolve(ctx, "", "Sensor", Manner{})
		if i == 0 && err != nil || i > 0 && !errors.Is(err, ErrAmbiguous) {
			t.Errorf("with %d: got %v", i+1, err)
		}
	}
	tests := []struct {
		ref  string
		how  Manner
		want string
	}{
		{"sensor", Manner{}, `there is no device "sensor"`},
		{"sensor", Manner{AnyCase: true}, `several devices are called "sensor": use an id or an alias`},
		{"Sensor", Manner{Unnamed: true}, `there is no device "Sensor"`},
		{"eui3", Manner{}, `there is no device "eui3"`},
		{"eui3", Manner{AnyCase: true}, "<nil>"},
		{"", Manner{}, `there is no device ""`},
		{strings.Repeat("x", 2000), Manner{AnyCase: true}, fmt.Sprintf("there is no device %q", strings.Repeat("x", 2000))},
	}
	for _, tt := range tests {
		if _, err := f.Resolve(ctx, "", tt.ref, tt.how); fmt.Sprint(err) != tt.want {
			t.Errorf("%s %+v: got %v, want %s", tt.ref, tt.how, err, tt.want)
		}
	}
}

// TestOrganizations: organizations do not see each other, and the first one keeps
// what came before it had a name.
func TestOrganizations(t *testing.T) {
	y := newYard(t)
	f, ctx := y.fleet(), t.Context()
	create := func(organization, id string, aliases ...string) {
		t.Helper()
		if _, err := f.Create(ctx, organization, Device{ID: id, Aliases: aliases}); err != nil {
			t.Fatal(err)
		}
	}
	create("", "d1", "alias")
	y.shared(Tenancy{Home: "acme", Several: true})
	create("acme", "d2")
	create("other", "d1", "alias")
	create("other/x", "d3")
	for organization, want := range map[string]string{"": "d1 d2", "acme": "d1 d2", "other": "d1", "other/x": "d3", "o": "", "nobody": ""} {
		list, err := f.Devices(ctx, organization, "", "", 10)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, d := range list {
			ids = append(ids, d.ID)
			if wants := organization; d.Organization != wants && (wants != "" || d.Organization != "acme") {
				t.Errorf("got %s of %q, want it of %q", d.ID, d.Organization, organization)
			}
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%q: got %s, want %s", organization, got, want)
		}
	}
	if d, err := f.Resolve(ctx, "other", "alias", Manner{}); err != nil || d.Organization != "other" {
		t.Errorf("got %+v, %v", d, err)
	}
}

// TestPages: devices come page by page, with a prefix or without.
func TestPages(t *testing.T) {
	f, ctx := newYard(t).fleet(), t.Context()
	for i := range 25 {
		if _, err := f.Create(ctx, "", Device{ID: fmt.Sprintf("%c%02d", 'a'+i%2, i)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		prefix string
		want   int
	}{{"", 25}, {"a", 13}, {"b2", 2}, {"c", 0}} {
		n, after := 0, ""
		for {
			page, err := f.Devices(ctx, "", tt.prefix, after, 4)
			if err != nil {
				t.Fatal(err)
			}
			if n += len(page); len(page) < 4 {
				break
			}
			after = page[len(page)-1].ID
		}
		if n != tt.want {
			t.Errorf("%s: got %d, want %d", tt.prefix, n, tt.want)
		}
	}
}

// TestDeleteData: the data of a device go with it if that is asked for, and no
// others.
func TestDeleteData(t *testing.T) {
	y := newYard(t)
	y.shared(Tenancy{Home: "acme", Several: true})
	f, ctx := y.fleet(), t.Context()
	for _, series := range []string{"a{device=d1}", "a{device=d1,organization=acme}", "a{device=d1,organization=other}", "a{device=d2}", "a{host=d1}"} {
		write(t, y.store, series, 1)
	}
	for _, organization := range []string{"acme", "other"} {
		if _, err := f.Create(ctx, organization, Device{ID: "d1"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Delete(ctx, "acme", "d1", true); err != nil {
		t.Fatal(err)
	}
	want := "a{device=d1,organization=other} 1; a{device=d2} 1; a{host=d1} 1"
	if got := held(t, y.store); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if err := f.DeleteData(ctx, "acme"); err != nil || held(t, y.store) != want {
		t.Errorf("got %v and %s: nothing was to be deleted", err, held(t, y.store))
	}
}

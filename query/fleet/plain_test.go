package fleet

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestPlainRecords: what is written for a device that was written for the first time
// is what json.Marshal makes of it once it is ready, whatever it is called.
func TestPlainRecords(t *testing.T) {
	y := newYard(t)
	f := y.fleet()
	ids := []string{"d000001", "a b", "urn:dev:1~", "", `"`, `\`, "<", ">", "&", "\n", "\x00", "\x1f", "\x7f", "\xff", "å", "\u2028", strings.Repeat("x", maxID)}
	for _, id := range ids {
		now := f.now()
		d, stamp := Device{ID: id, Number: newNumber(), Created: now}, now.Format(time.RFC3339Nano)
		if err := f.readyAt(t.Context(), "", &Device{}, &d, now); err != nil && fits(id) {
			t.Fatal(err)
		}
		samePlain(t, id, &d, func() ([]byte, error) { return appendPlainDevice(nil, &d, stamp) })
		for _, p := range []page{
			{leastNumber, []string{id}, []int64{0}},
			{mostNumber, []string{"d1", id, "d2"}, []int64{7, pageSpread - 1, 1}},
		} {
			samePlain(t, id, p, func() ([]byte, error) { return appendPage(nil, p) })
		}
	}
}

// samePlain compares a record with what json.Marshal makes of a value.
func samePlain(t *testing.T, id string, v any, record func() ([]byte, error)) {
	t.Helper()
	got, err := record()
	if err != nil {
		t.Fatal(err)
	}
	if want, err := json.Marshal(v); err != nil || string(got) != string(want) {
		t.Errorf("%q: got %s, want %s, %v", id, got, want, err)
	}
}

// TestStoredDevices: records of devices and of their numbers as they have been written
// so far are read.
func TestStoredDevices(t *testing.T) {
	f, ctx := newYard(t).fleet(), t.Context()
	for _, r := range []struct{ kind, id, value string }{
		{kindAlias, "/n/284910394857610283", `{"holders":[{"id":"old","text":"284910394857610283"}]}`},
		{kindDevice, "/old", `{"id":"old","status":"enabled","number":284910394857610283,"created":"2026-06-01T12:00:00Z","modified":"2026-06-01T12:00:00Z"}`},
		{kindAlias, "/n/284910396005300267", `{"holders":[{"id":"off","text":"284910396005300267"}]}`},
		{kindDevice, "/off", `{"id":"off","status":"disabled","number":284910396005300267,"created":"2026-06-01T12:00:00Z","modified":"2026-06-02T12:00:00Z"}`},
		{kindAlias, "/b/499999999669567488", `{"from":499999999669567488,"ids":["new"],"numbers":[17]}`},
		{kindDevice, "/new", `{"id":"new","status":"enabled","number":499999999669567505,"created":"2026-06-01T12:00:00Z","modified":"2026-06-01T12:00:00Z"}`},
	} {
		if _, err := f.c.Catalog.Put(ctx, r.kind, r.id, []byte(r.value), 0); err != nil {
			t.Fatal(err)
		}
	}
	settled(t, f)
	for _, want := range []Device{
		{ID: "new", Status: Enabled, Number: 499999999669567505, Created: begin, Modified: begin},
		{ID: "off", Status: Disabled, Number: 284910396005300267, Created: begin, Modified: begin.AddDate(0, 0, 1)},
		{ID: "old", Status: Enabled, Number: 284910394857610283, Created: begin, Modified: begin},
	} {
		if got, err := f.Device(ctx, "", want.ID); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		if got, err := f.Resolve(ctx, "", want.Digits(), Manner{}); err != nil || got.ID != want.ID {
			t.Errorf("%s: got %q, %v, want %s", want.Digits(), got.ID, err, want.ID)
		}
	}
}

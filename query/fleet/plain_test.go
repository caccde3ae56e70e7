package fleet

import (
	"encoding/json"
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
		h := claim{byNumber, digits(d.Number)}.holder(id)
		samePlain(t, id, holders{All: []holder{h}}, func() ([]byte, error) { return appendPlainHolder(nil, h) })
		h = claim{byName, id}.holder("d1")
		samePlain(t, id, holders{All: []holder{h}}, func() ([]byte, error) { return appendPlainHolder(nil, h) })
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

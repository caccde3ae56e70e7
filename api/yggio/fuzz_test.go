package yggio

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"
)

// FuzzParameters: whatever is asked is taken within bounds or refused by name.
func FuzzParameters(f *testing.F) {
	for _, seed := range []string{
		"measurement=m", "measurement=m&distance=3600&valueFunction=mean", "measurement=m&start=1&end=2&limit=3&order=desc",
		"measurement=m&start=2025-03-18T10:00:00.000Z", "measurement=m&distance=0.0015", "start=2025-03-18T24:00:00,5+01",
	} {
		f.Add(seed)
	}
	now := time.UnixMilli(epoch)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		a, err := parseParameters(q, now)
		if err != nil {
			if fault, ok := err.(*Fault); !ok || fault.Status != 422 {
				t.Errorf("got %v, want a status of 422", err)
			}
			return
		}
		const reach = farthest + 2*86_400_000
		if a.measurement == "" || a.start < -reach || a.end > reach || a.begun && a.start > a.end || a.distance < 0 || a.distance > farthest ||
			a.limit < 1 || a.limit > mostRaw || a.function != "" && a.distance == 0 {
			t.Errorf("%q: got %+v", text, a)
		}
	})
}

// FuzzPush: whatever is pushed is read or refused by name, and what is read are
// points that can be stored.
func FuzzPush(f *testing.F) {
	for _, seed := range []string{
		`{"secret":"ABCDEFGH","timestamp":1742292000000,"temperature":21.5,"state":"ok","on":true,"list":[1],"value":{"arrivals":3}}`,
		`{"timestamp":"2025-03-18T10:00:00.123456Z","a":{"b":{"c":1e5}}}`, `{"a":1e999}`, `{"":1}`, `[]`, `{"a":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	now := time.UnixMilli(epoch)
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := parseObject(text)
		if err == nil && !json.Valid(text) {
			t.Fatalf("%q: got %v, which is no JSON", text, o)
		}
		if err != nil {
			return
		}
		v, err := valuesOf(o, now, func(string) bool { return false })
		if err != nil {
			if fault, ok := err.(*Fault); !ok || fault.Status != 422 {
				t.Errorf("got %v, want a status of 422", err)
			}
			return
		}
		for _, one := range v.list {
			if one.measurement == "" || one.double-one.double != 0 || v.at > farthest+86_400_000 || v.at < -farthest-86_400_000 {
				t.Errorf("%q: got %+v", text, one)
			}
		}
	})
}

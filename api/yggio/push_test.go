package yggio

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"aion/query/fleet"
	"aion/storage"
)

// keys lists the series of the store.
func (y *tested) keys(t *testing.T) (all []string) {
	t.Helper()
	for s, err := range y.store.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s.Key().String())
	}
	return all
}

// TestPushTypes: numbers have KairosDB's types, texts are texts, names of nested
// objects are joined, and everything else makes no series.
func TestPushTypes(t *testing.T) {
	for _, c := range []struct{ members, measurement, want string }{
		{`"m":21`, "m", "21"},
		{`"m":21.5`, "m", "21.5"},
		{`"m":21.0`, "m", "21"},
		{`"m":2e3`, "m", "2000"},
		{`"m":25e-1`, "m", "2.5"},
		{`"m":-0`, "m", "0"},
		{`"m":9223372036854775807`, "m", "9223372036854775807"},
		{`"m":9223372036854775808`, "m", "9.223372036854776E18"},
		{`"m":"open"`, "m", `"open"`},
		{`"m":""`, "m", `""`},
		{`"m":"21"`, "m", `"21"`},
		{`"m":1,"m":2`, "m", "2"},
		{`"m":1,"m":"two"`, "m", `"two"`},
		{`"a":{"b":{"c":3}}`, "a_b_c", "3"},
		{`"a_b":1,"a":{"b":2}`, "a_b", "2"},
		{`"Größe/m²":3`, "Gr%C3%B6%C3%9Fe%2Fm%C2%B2", "3"},
		{`"name":"n","m":1`, "m", "1"},
	} {
		y := newTested(t, false)
		y.push(t, epoch, c.members)
		if got, want := y.stats(t, "measurement="+c.measurement), `[{"time":"2023-11-14T23:00:00.000Z","value":`+c.want+`}]`; got != want {
			t.Errorf("%s: got %s, want %s", c.members, got, want)
		}
	}
	y := newTested(t, false)
	y.push(t, epoch, `"on":true,"none":null,"list":[1,{"a":2}],"name":"x","description":"y","deep":{"on":false}`)
	if got := y.keys(t); got != nil {
		t.Errorf("got the series %q, want none", got)
	}
}

// TestPushTimes: a time is Unix milliseconds or ISO 8601, and the server's where
// there is none.
func TestPushTimes(t *testing.T) {
	for _, c := range []struct{ stamp, want string }{
		{`"timestamp":1742292000000,`, "2025-03-18T10:00:00.000Z"},
		{`"timestamp":1742292000000.9,`, "2025-03-18T10:00:00.000Z"},
		{`"timestamp":"1742292000000",`, "2025-03-18T10:00:00.000Z"},
		{`"timestamp":"2025-03-18T10:00:00.00Z",`, "2025-03-18T10:00:00.000Z"},
		{`"timestamp":"2025-03-18T11:00:00.1239+01:00",`, "2025-03-18T10:00:00.123Z"},
		{`"timestamp":"2025-03-18T10:00Z",`, "2025-03-18T10:00:00.000Z"},
		{`"timestamp":"2025-03-18",`, "2025-03-18T00:00:00.000Z"},
		{`"timestamp":0,`, "1970-01-01T00:00:00.000Z"},
		{`"timestamp":-1,`, "1969-12-31T23:59:59.999Z"},
		{`"timestamp":null,`, "2025-03-20T00:00:00.007Z"},
		{``, "2025-03-20T00:00:00.007Z"},
	} {
		y := newTested(t, false)
		y.now = 1742428800007
		y.wants(t, http.MethodPost, "/http-push/generic", `{"secret":"ABCDEFGH",`+c.stamp+`"m":1}`, http.StatusOK, "OK")
		if got, want := y.stats(t, "measurement=m"), `[{"time":"`+c.want+`","value":1}]`; got != want {
			t.Errorf("%s got %s, want %s", c.stamp, got, want)
		}
	}
}

// TestPushRefusals: what is malformed is answered with the name of what is wrong,
// and nothing of it is stored.
func TestPushRefusals(t *testing.T) {
	y := newTested(t, false)
	const stamp = "timestamp: must be Unix time in milliseconds or ISO 8601"
	for _, c := range []struct {
		body   string
		status int
		want   string
	}{
		{``, 422, "body: must be a JSON object"},
		{`[1]`, 422, "body: must be a JSON object"},
		{`{"secret":"ABCDEFGH","m":1`, 422, "body: must be a JSON object"},
		{`{"secret":"ABCDEFGH","m":1}{}`, 422, "body: must be one JSON object"},
		{`{"secret":"ABCDEFGH","m":1,"n":NaN}`, 422, "body: must be a JSON object"},
		{`{"secret":"ABCDEFGH","m":1,"n":1e999}`, 422, "n: must be a finite number"},
		{`{"secret":"ABCDEFGH","m":1,"n":{"o":-1e999}}`, 422, "n_o: must be a finite number"},
		{`{"secret":"ABCDEFGH","m":1,"":2}`, 422, ": must be a name of 1 to 512 bytes"},
		{`{"secret":"ABCDEFGH","m":1,"` + strings.Repeat("x", 513) + `":2}`, 422, strings.Repeat("x", 64) + "…: must be a name of 1 to 512 bytes"},
		{`{"secret":"ABCDEFGH","m":1,"n":"` + strings.Repeat("x", 64<<10+1) + `"}`, 422, "n: must not be longer than 65536 bytes"},
		{`{"secret":"ABCDEFGH","m":1,"timestamp":"yesterday"}`, 422, stamp},
		{`{"secret":"ABCDEFGH","m":1,"timestamp":"2025-03-18T14.15:00.000Z"}`, 422, stamp},
		{`{"secret":"ABCDEFGH","m":1,"timestamp":"2025-02-30T14:15:00Z"}`, 422, stamp},
		{`{"secret":"ABCDEFGH","m":1,"timestamp":1e300}`, 422, stamp},
		{`{"secret":"ABCDEFGH","m":1,"timestamp":true}`, 422, stamp},
		{`{"secret":17,"m":1}`, 422, "secret: must be a string"},
		{`{"m":1}`, 422, "secret: Required"},
		{`{"secret":"","m":1}`, 422, "secret: Required"},
		{`{"secret":"HGFEDCBA","m":1}`, 404, "Could not find entity with query { 'secret': '…' }"},
		{`{"secret":"no","m":1}`, 404, "Could not find entity with query { 'secret': '…' }"},
		{`{"secret":"ABCDEFGH","m":` + strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 41), 422, "body: must not have more than 32 objects within each other"},
	} {
		y.wants(t, http.MethodPost, "/http-push/generic", c.body, c.status, c.want)
	}
	y.wants(t, http.MethodPost, "/http-push/generic?identifier=mac", `{"secret":"ABCDEFGH","m":1}`, 422,
		"identifier: must be one of id, secret, devEui, gatewayEui, imei, tag, serialNumber")
	if got := y.keys(t); got != nil {
		t.Errorf("got the series %q, want none", got)
	}
}

// TestPushIdentifiers: an iotnode is named by any of its identifiers, by who shows
// its secret besides or may write it.
func TestPushIdentifiers(t *testing.T) {
	y := newTested(t, true)
	ctx := t.Context()
	if _, err := y.Fleet.Change(ctx, "", nodeName, func(d *fleet.Device) error {
		d.Aliases, d.Attributes = []string{"eui-1", "other", "356938035643809"}, map[string]any{"devEui": "eui-1"}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	const none = "Could not find entity with query { '%s': '%s' }"
	for _, c := range []struct {
		parameter, header, body string
		status                  int
		want                    string
	}{
		{"", "", `{"secret":"ABCDEFGH","a":1}`, 200, "OK"},
		{"?identifier=secret", "", `{"secret":"ABCDEFGH","a":1}`, 200, "OK"},
		{"", "identifier: secret", `{"secret":"ABCDEFGH","a":1}`, 200, "OK"},
		{"?identifier=devEui", "identifier: secret", `{"secret":"ABCDEFGH","devEui":"eui-1","a":1}`, 200, "OK"},
		{"?identifier=id", "", `{"secret":"ABCDEFGH","id":"` + nodeName + `","a":1}`, 200, "OK"},
		{"?identifier=serialNumber", "", `{"secret":"ABCDEFGH","serialNumber":"other","a":1}`, 200, "OK"},
		{"?identifier=devEui", "", `{"secret":"ABCDEFGH","devEui":"other","a":1}`, 404, fmt.Sprintf(none, "devEui", "other")},
		{"?identifier=devEui", "", `{"secret":"HGFEDCBA","devEui":"eui-1","a":1}`, 404, fmt.Sprintf(none, "devEui", "eui-1")},
		{"?identifier=devEui", "", `{"devEui":"eui-1","a":1}`, 401, "Auth error"},
		{"?identifier=devEui", "", `{"devEui":"none","a":1}`, 401, "Auth error"},
		{"?identifier=devEui", "", `{"devEui":true,"a":1e999}`, 401, "Auth error"},
		{"?identifier=devEui", "", `{"a":1,"timestamp":"x"}`, 401, "Auth error"},
		{"?identifier=devEui", "", `{"secret":"ABCDEFGH","a":1}`, 422, "devEui: Required"},
		{"?identifier=imei", "", `{"secret":"ABCDEFGH","imei":356938035643809,"a":1}`, 200, "OK"},
		{"?identifier=imei", "", `{"secret":"ABCDEFGH","imei":3.5,"a":1}`, 422, "imei: must be a string"},
		{"?identifier=secret", "", `{"secret":12345678,"a":1}`, 422, "secret: must be a string"},
	} {
		header := []string{}
		if c.header != "" {
			header = append(header, c.header)
		}
		y.wants(t, http.MethodPost, "/http-push/generic"+c.parameter, c.body, c.status, c.want, header...)
	}
	if got := y.keys(t); len(got) != 1 || !strings.HasPrefix(got[0], "a{device="+nodeName) {
		t.Errorf("got the series %q, want one of a", got)
	}
}

// TestPushGuessing: whoever shows too many secrets that nobody has is kept out,
// but for those that have been right from there before.
func TestPushGuessing(t *testing.T) {
	y := newTested(t, true)
	push := func(secret string) int {
		return y.call(t, http.MethodPost, "/http-push/generic", `{"secret":"`+secret+`","m":1}`).status
	}
	if got := push(nodeSecret); got != http.StatusOK {
		t.Fatalf("got %d, want 200", got)
	}
	refused := 0
	for range 40 {
		switch got := push("WRONG-SECRET"); got {
		case http.StatusNotFound:
		case http.StatusTooManyRequests:
			refused++
		default:
			t.Fatalf("got %d, want 404 or 429", got)
		}
	}
	if refused == 0 {
		t.Error("got no refusal for 40 guesses")
	}
	if got := push(nodeSecret); got != http.StatusOK {
		t.Errorf("a secret that was right before: got %d, want 200", got)
	}
	if got := push("ANOTHER-SECRET"); got != http.StatusTooManyRequests {
		t.Errorf("another secret: got %d, want 429", got)
	}
}

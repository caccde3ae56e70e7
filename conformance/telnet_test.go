package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aion/api/telnet"
	"aion/storage"
)

// recordedVersion is what the server answered to version that the manual's
// examples were recorded from.
const recordedVersion = "KairosDB 1.3.0-1.20210808223203"

// serveTelnet opens a telnet port over a store. What it answers second ends it.
func serveTelnet(t *testing.T, store storage.Store) (address string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- telnet.New(telnet.Config{Store: store, Version: recordedVersion}).Serve(ctx, listener)
	}()
	return listener.Addr().String(), func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}

// telnetCase is what a client sends by telnet and the points that it means.
type telnetCase struct {
	ID     string
	Send   json.RawMessage // a text, or a list of packets
	Points [][5]json.RawMessage
	Reply  string `json:"reply_prefix"` // what comes back begins so
}

// text is what is sent.
func (c *telnetCase) text(t *testing.T) string {
	t.Helper()
	var one string
	if json.Unmarshal(c.Send, &one) == nil {
		return one
	}
	var parts []string
	if err := json.Unmarshal(c.Send, &parts); err != nil {
		t.Fatal(err)
	}
	return strings.Join(parts, "")
}

// TestTelnetClients sends what KairosDB's clients send by telnet, and asks for
// the points.
func TestTelnetClients(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "vectors", "clients.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Telnet []telnetCase }
	if err := json.Unmarshal(text, &all); err != nil || len(all.Telnet) == 0 {
		t.Fatalf("got %v and %d cases, want some", err, len(all.Telnet))
	}
	for _, d := range drivers(t) {
		for _, c := range all.Telnet {
			t.Run(d.name+"/"+c.ID, func(t *testing.T) {
				s := start(t, d, Setup{Release: "1.3"})
				if got, err := converse(t.Context(), s.target.Telnet, c.text(t)); !strings.HasPrefix(got, c.Reply) || (got == "") != (c.Reply == "") || err != nil {
					t.Errorf("got %q and %v, want %q", got, err, c.Reply)
				}
				for _, p := range c.Points {
					query := fmt.Sprintf(`{"start_absolute":0,"metrics":[{"name":%s}]}`, p[0])
					got := string(ask(t, s.target, "POST", "/api/v1/datapoints/query", query).body)
					if want := fmt.Sprintf(`"values":[[%s,%s]]`, p[2], shown(t, p[4])); !strings.Contains(got, want) || !oneTagged(t, got, p[1]) {
						t.Errorf("%s:\ngot  %s\nwant %s and the tags %s", p[0], got, want, p[1])
					}
				}
			})
		}
	}
}

// shown is a recorded value as an answer prints it.
func shown(t *testing.T, value json.RawMessage) string {
	t.Helper()
	var v float64
	if err := json.Unmarshal(value, &v); err != nil {
		t.Fatal(err)
	}
	if text, ok := map[float64]string{1e-5: "1.0E-5", 1: "1"}[v]; ok {
		return text
	}
	return string(value)
}

// oneTagged tells whether the one result of an answer has these tags.
func oneTagged(t *testing.T, body string, tags json.RawMessage) bool {
	t.Helper()
	var a answer
	var want map[string]string
	got := map[string][]string{}
	if json.Unmarshal([]byte(body), &a) != nil || json.Unmarshal(tags, &want) != nil || len(a.Queries) != 1 || len(a.Queries[0].Results) != 1 {
		return false
	}
	if json.Unmarshal(a.Queries[0].Results[0].Tags, &got) != nil || len(got) != len(want) {
		return false
	}
	for name, value := range want {
		if len(got[name]) != 1 || got[name][0] != value {
			return false
		}
	}
	return true
}

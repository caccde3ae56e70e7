package conformance

import (
	"flag"
	"net/url"
	"testing"
)

// given is the text of a flag of this test binary.
func given(name string) string { return flag.Lookup(name).Value.String() }

// TestLive plays everything on the server that -target names, which may hold
// data of others: what is written has a prefix of its own.
func TestLive(t *testing.T) {
	if given("target") == "" {
		t.Skip("no server is named: -target http://127.0.0.1:8080")
	}
	base, err := url.Parse(given("target"))
	if err != nil {
		t.Fatal(err)
	}
	target := &Remote{Base: base, User: base.User, Telnet: given("telnet")}
	server, err := Detect(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	setup := Setup{Release: given("release"), Extensions: given("extensions") == "true", Prefix: "conform."}
	if setup.Protocols, err = Spoken(t.Context(), target, server); err != nil {
		t.Fatal(err)
	}
	if setup.Asks, err = Asks(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	failed, err := Play(t.Context(), t.Output(), target, setup)
	if err != nil || failed != 0 {
		t.Errorf("got %d failed cases and %v, want none", failed, err)
	}
}

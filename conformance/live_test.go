package conformance

import (
	"flag"
	"net/url"
	"testing"
)

// given is the text of a flag of this test binary.
func given(name string) string { return flag.Lookup(name).Value.String() }

// TestLive plays scripts and differences on the server that -target names, which
// may hold data of others: the metrics written all begin with conform.
func TestLive(t *testing.T) {
	if given("target") == "" {
		t.Skip("no server is named: -target http://127.0.0.1:8080")
	}
	base, err := url.Parse(given("target"))
	if err != nil {
		t.Fatal(err)
	}
	target := &Remote{Base: base, User: base.User}
	setup := Setup{Release: given("release"), Extensions: given("extensions") == "true", Prefix: "conform."}
	scripts, err := Scripts()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scripts {
		t.Run("scripts/"+s.Name, func(t *testing.T) { playLive(t, s, target, setup) })
	}
	differences, err := Differences()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		t.Run("differences/"+d.Script.Name, func(t *testing.T) { playLive(t, d.Script, target, setup) })
	}
}

// playLive runs a script that applies to the server.
func playLive(t *testing.T, s *Script, target Target, setup Setup) {
	if why := s.Unfit(target, setup); why != "" {
		t.Skip(why)
	}
	outcomes, err := s.Run(t.Context(), target, setup)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if !o.OK() {
			t.Errorf("line %d: got\n%s\nwant\n%s", o.Case.Line, o.Got, o.Case.Want)
		}
	}
}

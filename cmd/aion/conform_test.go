package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aion/conformance"
)

// TestConform holds a server to everything by the command, and finds nothing
// left behind.
func TestConform(t *testing.T) {
	whole(t)
	s := start(t, "--storage=memory")
	target, junit := "--target=http://"+s.address, filepath.Join(t.TempDir(), "junit.xml")
	code, out, told := commandLine(t.Context(), "conform", target, "--junit="+junit)
	if code != exitWell || !strings.Contains(out, "taken for Aion") || !strings.Contains(out, "\nall ") {
		t.Errorf("got %d and %s%s, want %d and a table", code, out, told, exitWell)
	}
	if text, err := os.ReadFile(junit); err != nil || !strings.Contains(string(text), `<testsuite name="manual: overview" tests="3" failures="0"`) {
		t.Errorf("got %v and %.500s", err, text)
	}
	if _, names := s.ask(t, "GET", "/api/v1/metricnames", ""); names != `{"results":[]}` {
		t.Errorf("got %s left behind, want nothing", names)
	}
}

// TestConformOperator holds a server that asks for credentials to what keys and
// devices may, with a key of an administrator, and leaves nothing behind that
// lets anybody in.
func TestConformOperator(t *testing.T) {
	whole(t)
	s := start(t, "--data.dir="+t.TempDir(), "--auth.mode=required")
	key := firstKey.FindStringSubmatch(s.stdout())
	if key == nil {
		t.Fatalf("got %q, want a key", s.stdout())
	}
	target := "--target=http://" + key[1] + ":" + key[2] + "@" + s.address
	code, out, told := commandLine(t.Context(), "conform", target, "--only=operator,grafana", "--json")
	var said struct {
		Failed  int
		Results []conformance.Result
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil || code != exitWell || said.Failed != 0 {
		t.Fatalf("got %d, %v and %s%s", code, err, out, told)
	}
	if _, table, _ := commandLine(t.Context(), "conform", target, "--only=grafana"); strings.Contains(table, key[2]) || !strings.Contains(table, key[1]) {
		t.Errorf("got %.200s, want the id of the key without its secret", table)
	}
	areas := map[string]int{}
	for _, r := range said.Results {
		if r.Status == conformance.Passed {
			areas[r.Area]++
		}
	}
	if areas["operator"] < 80 || areas["grafana"] < 20 {
		t.Errorf("got %v passed, want all of the operator's and Grafana's", areas)
	}
	as := func(path string) string {
		_, body := s.as(t, key[1], key[2], "GET", path, "")
		return strings.TrimSpace(body)
	}
	for _, list := range []string{"users", "apps", "devices", "profiles"} {
		if got, want := as("/api/admin/v1/"+list), `{"`+list+`":[]}`; got != want {
			t.Errorf("got %s left behind, want %s", got, want)
		}
	}
	if got, want := as("/api/v1/metricnames"), `{"results":[]}`; got != want {
		t.Errorf("got %s left behind, want %s", got, want)
	}
	var keys struct {
		Keys []struct {
			ID      string
			Revoked *string
		}
	}
	if err := json.Unmarshal([]byte(as("/api/admin/v1/keys")), &keys); err != nil || len(keys.Keys) < 5 {
		t.Fatalf("got %v and %v, want keys", err, keys)
	}
	for _, k := range keys.Keys {
		if k.ID != key[1] && k.Revoked == nil {
			t.Errorf("key %s still lets in", k.ID)
		}
	}
}

// TestConformTells what a server does otherwise, and mistakes.
func TestConformTells(t *testing.T) {
	whole(t)
	s := start(t, "--storage=memory", "--kairosdb.release=1.2")
	target := "--target=http://" + s.address
	code, out, _ := commandLine(t.Context(), "conform", target, "--only=manual: aggregators", "--json")
	var said struct {
		Failed  int
		Results []conformance.Result
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil || code != exitFailed || said.Failed == 0 {
		t.Errorf("got %d, %v and %.500s, want failures of another release", code, err, out)
	}
	for _, r := range said.Results {
		if r.Area != "manual: aggregators" {
			t.Errorf("got the area %s, want no other than was asked for", r.Area)
		}
	}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{target, "--only=nothing"}, exitUsage, "there are no such areas"},
		{[]string{"--target=http://127.0.0.1:1"}, exitFailed, "connection refused"},
		{[]string{target + "/metrics"}, exitUsage, "--target"},
		{[]string{"--target=x"}, exitUsage, "--target"},
		{[]string{"--target=http://id:secret@h/x"}, exitUsage, `got "http://id:xxxxx@h/x"`},
		{[]string{"--target=http://id:se%cret@h"}, exitUsage, "something that is no address"},
		{[]string{target, "--release=9"}, exitUsage, "--release"},
		{[]string{target, "--prefix=a b"}, exitUsage, "--prefix"},
		{nil, exitUsage, "--target"},
	} {
		if code, _, told := commandLine(t.Context(), append([]string{"conform"}, tt.args...)...); code != tt.code || !strings.Contains(told, tt.want) {
			t.Errorf("%v: got %d and %s, want %d and %s", tt.args, code, told, tt.code, tt.want)
		}
	}
}

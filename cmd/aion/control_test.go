package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// overSocket sends a request through the control socket of a folder.
func overSocket(t *testing.T, dir, method, path string) (int, string) {
	t.Helper()
	server, running, err := reach(t.Context(), dir)
	if err != nil || !running {
		t.Fatalf("got no server, %v", err)
	}
	defer server.close()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://aion"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := server.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, body.String()
}

// TestControlSocket asks for everything that a running server's socket offers.
func TestControlSocket(t *testing.T) {
	dir := t.TempDir()
	s := start(t, "--data.dir="+dir)
	path := filepath.Join(dir, controlSocket)
	if info, err := os.Stat(path); err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("got %v, %v, want a socket for its owner alone", info, err)
	}
	if status, body := s.ask(t, "POST", "/api/v1/datapoints", aPoint); status != http.StatusNoContent {
		t.Fatalf("got %d %s from the write, want 204", status, body)
	}
	tests := []struct{ method, path, want string }{
		{"GET", "/status", `"health":"ok"`},
		{"POST", "/verify", `"Points":1`},
		{"POST", "/compact", `{"done":true}`},
		{"POST", "/sweep", `{"done":true}`},
		{"POST", "/backup?to=here", `"failed":"to: got \"here\", want the absolute path of a folder"`},
		{"POST", "/backup?to=" + url.QueryEscape(filepath.Join(dir, "copy")), "lies inside "},
		{"POST", "/backup?to=" + url.QueryEscape(filepath.Join(t.TempDir(), "copy")), `"done":true`},
		{"GET", "/debug/pprof/goroutine?debug=1", "goroutine profile"},
		{"GET", "/debug/pprof/heap?debug=1", "heap profile"},
	}
	for _, tt := range tests {
		if status, body := overSocket(t, dir, tt.method, tt.path); status != http.StatusOK || !strings.Contains(body, tt.want) {
			t.Errorf("%s %s: got %d %.300s, want %s", tt.method, tt.path, status, body, tt.want)
		}
	}
	if status, _ := overSocket(t, dir, "GET", "/backup"); status != http.StatusMethodNotAllowed {
		t.Errorf("GET /backup: got %d, want 405", status)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the end: got %v, want no socket", err)
	}
}

// TestControlSocketOfTheDead leaves the socket of a killed server behind: the
// next one replaces it.
func TestControlSocketOfTheDead(t *testing.T) {
	dir := t.TempDir()
	startChild(t, dir).kill(t)
	if _, err := os.Lstat(filepath.Join(dir, controlSocket)); err != nil {
		t.Fatalf("the killed server left no socket: %v", err)
	}
	if v := verified(t, 0, dir); !v.Sound {
		t.Errorf("got %+v beside a dead socket, want it sound", v)
	}
	start(t, "--data.dir="+dir)
	if _, body := overSocket(t, dir, "GET", "/status"); !strings.Contains(body, `"health":"ok"`) {
		t.Errorf("got %s", body)
	}
}

// TestControlSocketInTheWay starts where a socket is alive or a file is none.
func TestControlSocketInTheWay(t *testing.T) {
	alive, file := t.TempDir(), t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(alive, controlSocket))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := os.WriteFile(filepath.Join(file, controlSocket), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{alive: "another server answers at", file: "is in the way: it is no socket"} {
		var out, errs bytes.Buffer
		code := run(t.Context(), []string{"serve", "--http.listen=127.0.0.1:0", "--telnet.listen=", "--data.dir=" + dir}, env(nil), &out, &errs)
		if code != exitFailed || !strings.Contains(errs.String(), want) {
			t.Errorf("got %d %s, want %d and %q", code, &errs, exitFailed, want)
		}
		if _, err := os.Lstat(filepath.Join(dir, controlSocket)); err != nil {
			t.Errorf("what was in the way is gone: %v", err)
		}
	}
}

// TestControlSocketOfALongPath serves a folder whose path is too long for a
// socket's.
func TestControlSocketOfALongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long/", 30))
	s := start(t, "--data.dir="+dir)
	if v := verified(t, 0, dir); !v.Sound {
		t.Errorf("got %+v, want it sound", v)
	}
	s.stop()
	if _, err := os.Lstat(filepath.Join(dir, controlSocket)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the end: got %v, want no socket", err)
	}
}

// command runs a command and answers its exit code and what it printed.
func command(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, env(nil), &o, &e)
	return code, o.String(), e.String()
}

// verified runs verify on a folder, which is to end with code, and answers what
// it says.
func verified(t *testing.T, code int, dir string) (v verdict) {
	t.Helper()
	got, out, errs := command(t, "verify", "--json", "--data.dir="+dir)
	if got != code {
		t.Fatalf("got exit code %d, want %d: %s %s", got, code, out, errs)
	}
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return v
}

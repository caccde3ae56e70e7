package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestWelcome: the root says what the server is, and every path that it names is
// there; below it there is nothing.
func TestWelcome(t *testing.T) {
	s := start(t, "--storage=memory")
	status, headers, text := s.headers(t, http.MethodGet, "/", "")
	if status != http.StatusOK || text != welcome || headers.Get("Content-Type") != "text/plain; charset=UTF-8" {
		t.Errorf("got %d %v %s, want 200 and %s", status, headers, text, welcome)
	}
	for _, word := range strings.Fields(welcome) {
		if !strings.HasPrefix(word, "/") || word == "/api/v1," {
			continue
		}
		if status, _ := s.ask(t, http.MethodGet, word, ""); status >= 300 {
			t.Errorf("%s: got %d, want something", word, status)
		}
	}
	for _, path := range []string{"/index.html", "//", "/main.js"} {
		if status, _ := s.ask(t, http.MethodGet, path, ""); status != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, status)
		}
	}
	if status, _ := s.ask(t, http.MethodPost, "/", ""); status != http.StatusMethodNotAllowed {
		t.Errorf("POST: got %d, want 405", status)
	}
}

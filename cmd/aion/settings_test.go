package main

import (
	"strings"
	"testing"
)

// FuzzReadSettings reads any document as settings.
func FuzzReadSettings(f *testing.F) {
	for _, text := range []string{
		"", "a: 1", "a.b: 1\n", "a:\n  b: [1, 2]\n", "a: &x\n  b: *x\n", "- 1\n", "a: {b: {c: 1}}", "? [a]\n: 1\n", "a: !!binary x",
	} {
		f.Add(text)
	}
	known := map[string]bool{"a": true, "a.b": true, "config": false}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := readSettings(strings.NewReader(text), known)
		for name := range values {
			if err == nil && !known[name] {
				t.Errorf("got a value for %s, want known settings alone", name)
			}
		}
	})
}

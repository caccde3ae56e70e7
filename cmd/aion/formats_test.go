package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPython lets pandas, pyarrow and DuckDB read answers in every format that
// is no JSON. Without a package index at hand it skips, unless the run must not go
// without.
func TestPython(t *testing.T) {
	const fetch = "(python3 -m venv env && env/bin/pip install -q --disable-pip-version-check -r requirements.txt) >failed 2>&1 && rm failed || true"
	dir := fetched(t, "python", []string{"requirements.txt"}, "sh", "-c", fetch)
	if why, err := os.ReadFile(filepath.Join(dir, "failed")); err == nil {
		os.RemoveAll(dir)
		if os.Getenv("CI") == "true" {
			t.Fatalf("pip cannot fetch what this run must not go without:\n%s", why)
		}
		t.Skipf("pip cannot fetch pandas, pyarrow and DuckDB:\n%s", why)
	}
	s := start(t, "--data.dir="+t.TempDir())
	python := filepath.Join(dir, "env", "bin", "python")
	got := printed(t, nil, python, filepath.Join(clientPrograms, "python", "work.py"), "http://"+s.address, t.TempDir())
	want, err := os.ReadFile(filepath.Join(clientPrograms, "python", "answers.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPython lets pandas, pyarrow and DuckDB read answers in every format that
// is no JSON: with the administrator's key all, with a partner's key, which KairosDB's
// client for Python has, too, what it may see, and no stream as if it were whole when
// the key is revoked in its middle. Without a package index at hand it skips, unless
// the run must not go without.
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
	data := "--data.dir=" + t.TempDir()
	s := start(t, data, "--auth.mode=required", "--device.tag=host")
	first, key := s.partner(t, data, "--scope=device:read-data", "--context=device:h0,h1")
	python, programs, url := filepath.Join(dir, "env", "bin", "python"), filepath.Join(clientPrograms, "python"), "http://"+s.address
	likeFile(t, filepath.Join(programs, "answers.txt"),
		printed(t, nil, python, filepath.Join(programs, "work.py"), url, t.TempDir(), first.ID, first.Secret))
	likeFile(t, filepath.Join(programs, "partner.txt"),
		printed(t, nil, python, filepath.Join(programs, "partner.py"), url, first.ID, first.Secret, key.ID, key.Secret))
}

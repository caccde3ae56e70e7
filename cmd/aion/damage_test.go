package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// thousandPoints is the body of a write: a thousand points of a series of its own,
// whose values depend on seed.
func thousandPoints(metric, tag string, seed int) string {
	var body strings.Builder
	fmt.Fprintf(&body, `[{"name":%q,"tags":{"n":%q},"datapoints":[`, metric, tag)
	for i := range 1000 {
		if i != 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, "[%d,%d.%d]", i*1000+i*i%97, (i*7919+seed*104729)%100003, i%10)
	}
	body.WriteString("]}]")
	return body.String()
}

// post writes a body.
func (s *server) post(t *testing.T, body string) (int, http.Header, string) {
	t.Helper()
	return s.headers(t, "POST", "/api/v1/datapoints", body)
}

// TestDamageFailsItsQueryAlone flips a bit in the table of a copy: a query that
// needs what is damaged fails with 500 and names series and range, every other one
// is answered, and aion verify names the same series.
func TestDamageFailsItsQueryAlone(t *testing.T) {
	whole(t)
	base := t.TempDir()
	live, dir := filepath.Join(base, "live"), filepath.Join(base, "copy")
	s := start(t, "--data.dir="+live)
	for n := range 120 {
		body := thousandPoints(fmt.Sprint("m", n%60), fmt.Sprint(n/60), n)
		if code, _, text := s.post(t, body); code != http.StatusNoContent {
			t.Fatalf("got %d %s, want 204", code, text)
		}
	}
	if code, out, errs := command(t, "backup", "--data.dir="+live, dir); code != 0 {
		t.Fatalf("backup: got %d %s %s", code, out, errs)
	}
	s.stop()
	flipLargest(t, dir)
	code, out, errs := command(t, "verify", "--data.dir="+dir)
	if code != exitFailed || !strings.Contains(out, "{n=") {
		t.Fatalf("verify: got %d %s %s, want damaged series by name", code, out, errs)
	}
	s = start(t, "--data.dir="+dir)
	defer s.stop()
	failed := 0
	for n := range 120 {
		query := fmt.Sprintf(`{"start_absolute":5,"end_absolute":2000000,"metrics":[{"name":"m%d","tags":{"n":"%d"}}]}`, n%60, n/60)
		code, text := s.ask(t, "POST", "/api/v1/datapoints/query", query)
		if code == http.StatusOK {
			continue
		}
		failed++
		want := fmt.Sprintf(`{"errors":["points of m%d{n=%d} kairos_double from 5 to 2000000 cannot be read: what is stored of them is damaged"]}`, n%60, n/60)
		if code != http.StatusInternalServerError || strings.TrimSpace(text) != want {
			t.Errorf("got %d %s want 500 %s", code, text, want)
		}
	}
	if failed == 0 || failed > 60 {
		t.Errorf("%d of 120 queries failed, want those that need one block", failed)
	}
	if code, text := s.ask(t, "GET", "/api/v1/metricnames", ""); code != http.StatusOK {
		t.Errorf("names: got %d %s, want 200", code, text)
	}
}

// flipLargest flips a bit in the first fifth of the largest table of a folder.
func flipLargest(t *testing.T, dir string) {
	t.Helper()
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal("no tables", err)
	}
	var text []byte
	var path string
	for _, table := range tables {
		if b, err := os.ReadFile(table); err != nil {
			t.Fatal(err)
		} else if len(b) > len(text) {
			text, path = b, table
		}
	}
	text[len(text)/5] ^= 1
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

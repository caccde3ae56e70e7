package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExportKeepsTheOld: what an earlier export has written stays until a new one is
// whole: where no server answers, where it is cut off half way and goes on later, and
// where a link leads to it. What is no plain file is written as it is.
func TestExportKeepsTheOld(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "old.json"), filepath.Join(dir, "link.json")
	if err := errors.Join(os.WriteFile(file, []byte("old"), 0o640), os.Symlink(file, link)); err != nil {
		t.Fatal(err)
	}
	holds := func(want string) {
		t.Helper()
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("got %.200q %v, want %q", got, err, want)
		}
	}
	var fails bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch body, _ := io.ReadAll(r.Body); {
		case r.Method == http.MethodGet:
			fmt.Fprint(w, `{"results":["a","b"]}`)
		case fails && strings.Contains(string(body), `"b"`):
			http.Error(w, `{"errors":["gone"]}`, http.StatusBadRequest)
		default:
			fmt.Fprint(w, `{"queries":[{"sample_size":1,"results":[{"name":"a","group_by":[{"name":"type","type":"number"}],"tags":{"host":["x"]},"values":[[1,2]]}]}]}`)
		}
	}))
	defer server.Close()
	for _, way := range []struct {
		name, target string
		fails        bool
		args         []string
	}{
		{"nobody answers", "http://127.0.0.1:1", false, []string{link}},
		{"nobody answers, and it is to go on", "http://127.0.0.1:1", false, []string{"--resume", link}},
		{"it fails half way", server.URL, true, []string{link}},
	} {
		fails = way.fails
		if code, _, err := commandLine(t.Context(), append([]string{"export", "--target=" + way.target}, way.args...)...); code == exitWell {
			t.Errorf("%s: got %d and %s, want it to fail", way.name, code, err)
		}
		holds("old")
		if _, err := os.Stat(file + ".part"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: got %v, want nothing left beside", way.name, err)
		}
	}
	fails = false
	if code, _, err := commandLine(t.Context(), "export", "--target="+server.URL, "--metrics=a", link); code != exitWell {
		t.Fatalf("got %d and %s", code, err)
	}
	holds(`{"name":"a","tags":{"host":"x"},"datapoints":[[1,2,"long"]]}` + "\n")
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("got %v %v, want the link still one", info, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("got %v %v, want who may read it as before", info, err)
	}
	if code, _, err := commandLine(t.Context(), "export", "--target="+server.URL, os.DevNull); code != exitWell {
		t.Errorf("to a device: got %d and %s", code, err)
	}
}

// TestExportEndsOnce: a whole file that cannot be put in its place stays beside, which
// the error says. One that is in its place is what a resumed export finds, where the
// run before was ended before it took its position away: it reads nothing again.
func TestExportEndsOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new.json")
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; r.Method == http.MethodGet {
			fmt.Fprint(w, `{"results":["a"]}`)
			return
		}
		if err := os.Mkdir(file, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			t.Error(err)
		}
		fmt.Fprint(w, `{"queries":[{"sample_size":1,"results":[{"name":"a","group_by":[{"name":"type","type":"number"}],"tags":{"host":["x"]},"values":[[1,2]]}]}]}`)
	}))
	defer server.Close()
	args := []string{"export", "--target=" + server.URL, "--resume", file}
	code, _, told := commandLine(t.Context(), args...)
	if code != exitFailed || !strings.Contains(told, "is in "+file+".part") || !strings.Contains(told, file+".position") {
		t.Fatalf("got %d and %s, want where the file is", code, told)
	}
	if err := errors.Join(os.Remove(file), os.Rename(file+".part", file)); err != nil {
		t.Fatal(err)
	}
	asked = 0
	if code, _, told := commandLine(t.Context(), args...); code != exitWell || !strings.Contains(told, "exported 1 points of 1 series") {
		t.Errorf("got %d and %s, want it to find the whole file", code, told)
	}
	if asked > 0 {
		t.Errorf("got %d requests, want none", asked)
	}
	if got, err := os.ReadFile(file); string(got) != `{"name":"a","tags":{"host":"x"},"datapoints":[[1,2,"long"]]}`+"\n" {
		t.Errorf("got %s %v", got, err)
	}
	if _, err := os.Stat(file + ".position"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want the position gone", err)
	}
}

// TestExportBackup: an export of a backup leaves it one that can be restored, and of a
// folder that a server has it says what to do instead.
func TestExportBackup(t *testing.T) {
	dir := t.TempDir()
	live, backup, file := filepath.Join(dir, "live"), filepath.Join(dir, "backup"), filepath.Join(dir, "points.json")
	s := start(t, "--data.dir="+live)
	if code, _, text := s.post(t, `[{"name":"m","tags":{"a":"b"},"datapoints":[[1,2],[2,3.5]]}]`); code != http.StatusNoContent {
		t.Fatalf("got %d %s, want 204", code, text)
	}
	if code, out, errs := command(t, "backup", "--data.dir="+live, backup); code != exitWell {
		t.Fatalf("backup: got %d %s %s", code, out, errs)
	}
	if code, _, errs := command(t, "export", "--data.dir="+live, file); code != exitFailed || !strings.Contains(errs, "--target") {
		t.Errorf("of a folder in use: got %d %s, want that --target or a backup helps", code, errs)
	}
	s.stop()
	for range 2 {
		if code, _, errs := command(t, "export", "--data.dir="+backup, file); code != exitWell || !strings.Contains(errs, "exported 2 points of 2 series") {
			t.Errorf("of a backup: got %d %s, want both points", code, errs)
		}
	}
	if code, out, errs := command(t, "restore", backup, "--data.dir="+filepath.Join(dir, "again")); code != exitWell {
		t.Errorf("restore: got %d %s %s, want the backup as it was", code, out, errs)
	}
}

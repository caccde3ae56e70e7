package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"aion/storage/pebble"
)

// TestBackupUnderLoad backs a server up while clients write, kills it, and looks
// in the copy and in one that is restored elsewhere for every point that had
// been acknowledged before the backup began.
func TestBackupUnderLoad(t *testing.T) {
	base := t.TempDir()
	live, copied, restored := filepath.Join(base, "live"), filepath.Join(base, "copied"), filepath.Join(base, "restored")
	child := startChild(t, live)
	var mu sync.Mutex
	before, kept := acknowledged{}, acknowledged{}
	begin, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		kept.write(child.address, 0, func(total int) {
			if total == 400 {
				mu.Lock()
				maps.Copy(before, kept)
				mu.Unlock()
				close(begin)
			}
		})
	}()
	<-begin
	code, out, errs := command(t, "backup", "--data.dir="+live, copied)
	child.kill(t)
	<-done
	if code != 0 || !strings.Contains(out, "backed up to "+copied) || !strings.Contains(out, "sound: 4 series") {
		t.Fatalf("got %d %s %s, want a sound copy", code, out, errs)
	}
	if code, out, errs := command(t, "restore", copied, "--data.dir="+restored); code != 0 || !strings.Contains(out, "sound: 4 series") {
		t.Fatalf("got %d %s %s, want a sound folder", code, out, errs)
	}
	m, err := pebble.ReadManifest(copied)
	if err != nil || m.Format != 5 || m.Made.IsZero() || m.Sound == nil || !*m.Sound || m.Points == nil || *m.Points < 400 {
		t.Errorf("got the manifest %+v, %v", m, err)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, dir := range []string{restored, copied} {
		s := start(t, "--data.dir="+dir)
		before.among(t, s.address)
		s.stop()
	}
	again := startChild(t, live)
	kept.verify(t, again.address)
}

// among asks for all series: each has at least the points that are noted, and no
// hole behind.
func (a acknowledged) among(t *testing.T, address string) {
	t.Helper()
	for series, least := range a {
		query := fmt.Sprintf(`{"start_absolute": 0, "end_absolute": 1000000, "metrics": [{"name": "kill", "tags": {"series": [%q]}}]}`, series)
		_, body := ask(t, "http://"+address+"/api/v1/datapoints/query", "POST", query)
		var answer struct {
			Queries []struct{ Results []struct{ Values [][2]int } }
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		values := answer.Queries[0].Results[0].Values
		if len(values) < least {
			t.Errorf("%s: got %d points, want the %d that were acknowledged", series, len(values), least)
		}
		for i, v := range values {
			if v != [2]int{i + 1, i + 1} {
				t.Fatalf("%s: got %v as point %d", series, v, i)
			}
		}
	}
}

// TestBackupAndRestoreRefuse asks for what would replace something or is not
// there.
func TestBackupAndRestoreRefuse(t *testing.T) {
	whole(t)
	data, full, backup := filled(t), t.TempDir(), filepath.Join(t.TempDir(), "backup")
	if err := os.WriteFile(filepath.Join(full, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := command(t, "backup", "--no-verify", "--data.dir="+data, backup); code != 0 || strings.Contains(out, "sound") {
		t.Fatalf("got %d %s %s, want a copy that was not verified", code, out, errs)
	}
	tests := []struct {
		args string
		code int
		want string
	}{
		{"backup --data.dir=" + data + " " + full, exitUsage, "the folder " + full + " is not empty"},
		{"backup --data.dir=" + data + " " + backup, exitUsage, "is not empty"},
		{"backup --data.dir=" + data + " " + data + "/copies/1", exitUsage, "dest: back up: the folder " + data + "/copies/1 lies inside " + data},
		{"backup --data.dir=" + full + "/nothing " + backup, exitUsage, "--data.dir: stat " + full + "/nothing"},
		{"backup --data.dir=" + full + " " + backup + "-of-none", exitFailed, "has no data of Aion's"},
		{"restore " + backup + " --data.dir=" + full, exitUsage, "--data.dir: restore: the folder " + full + " is not empty"},
		{"restore " + backup + " --data.dir=" + backup + "/new", exitUsage, "--data.dir: restore: the folder " + backup + "/new lies inside " + backup},
		{"restore " + data + " --data.dir=" + full + "/new", exitFailed, "is no backup, or one that was cut off"},
		{"restore " + full + "/nothing --data.dir=" + full + "/new", exitUsage, "backup: stat"},
		{"restore", exitUsage, `expected "<backup>"`},
		{"verify --data.dir=" + full + "/nothing", exitUsage, "--data.dir: stat"},
		{"verify --data.dir=" + full + "/mine", exitUsage, "is no folder"},
		{"verify --data.dir=" + full, exitUsage, "has no data of Aion's"},
	}
	for _, tt := range tests {
		code, out, errs := command(t, strings.Fields(tt.args)...)
		if code != tt.code || !strings.Contains(errs, tt.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: got %d %s %s, want %d and %q", tt.args, code, out, errs, tt.code, tt.want)
		}
	}
}

// TestVerify checks a folder without a server, with one, and with damage in
// one of its tables.
func TestVerify(t *testing.T) {
	whole(t)
	dir := filled(t)
	if v := verified(t, 0, dir); !v.Sound || v.Series != 1 || v.Points != 1 || len(v.Damage) != 0 {
		t.Errorf("without a server: got %+v", v)
	}
	s := start(t, "--data.dir="+dir)
	if code, out, errs := command(t, "verify", "--data.dir="+dir); code != 0 || !strings.HasPrefix(out, "sound: 1 series, 1 points") || errs != "" {
		t.Errorf("with a server: got %d %s %s", code, out, errs)
	}
	if _, body := overSocket(t, dir, "POST", "/compact"); !strings.Contains(body, "done") {
		t.Fatal(body)
	}
	s.stop()
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) != 1 {
		t.Fatalf("got %v, %v, want one table", tables, err)
	}
	text := readFile(t, tables[0])
	flipped := []byte(text)
	flipped[10] ^= 1
	if err := os.WriteFile(tables[0], flipped, 0o600); err != nil {
		t.Fatal(err)
	}
	if v := verified(t, exitFailed, dir); v.Sound || len(v.Damage) == 0 {
		t.Errorf("with a flipped bit: got %+v", v)
	}
	code, out, errs := command(t, "verify", "--data.dir="+dir)
	if code != exitFailed || !strings.Contains(out, "checksum mismatch") || !strings.Contains(out, "\ndamaged: ") || !strings.Contains(errs, dir+" is damaged") {
		t.Errorf("with a flipped bit: got %d %s %s", code, out, errs)
	}
}

// filled makes a data folder with one point.
func filled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := start(t, "--data.dir="+dir)
	if status, body := s.ask(t, "POST", "/api/v1/datapoints", aPoint); status != 204 {
		t.Fatalf("got %d %s from the write, want 204", status, body)
	}
	s.stop()
	return dir
}

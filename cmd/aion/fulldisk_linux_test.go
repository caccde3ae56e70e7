package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk mounts a disk of so many bytes in memory. Where that is not allowed,
// the test is skipped.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("no disk can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestFullDisk fills a disk under a server: writes are refused with 503 and in
// words, queries go on, health says why, and when there is room again writes are
// taken without anybody's help. What was acknowledged is there, and of what was
// refused nothing.
func TestFullDisk(t *testing.T) {
	disk := smallDisk(t, 96<<20)
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 64<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "--data.dir="+filepath.Join(disk, "data"))
	defer s.stop()
	taken, refused := 0, -1
	for ; taken < 20_000 && refused < 0; taken++ {
		code, headers, text := s.post(t, thousandPoints("m", fmt.Sprint(taken), taken))
		if code == http.StatusNoContent {
			continue
		}
		refused = taken
		if code != http.StatusServiceUnavailable || headers.Get("Retry-After") == "" || !strings.HasPrefix(text, `{"errors":["`) || !strings.Contains(text, "is full") {
			t.Fatalf("a write to a full disk: got %d %v %s, want 503, Retry-After and that the disk is full", code, headers, text)
		}
		break
	}
	if refused < 0 {
		t.Fatalf("%d writes were taken, want the disk full by then", taken)
	}
	if code, text := s.ask(t, "GET", "/api/v1/health/status", ""); !strings.Contains(text, "is full") {
		t.Errorf("health: got %d %s, want that the disk is full", code, text)
	}
	if _, text := s.ask(t, "GET", "/metrics", ""); !strings.Contains(text, "\naion_disk_writable 0\n") || !strings.Contains(text, "\naion_disk_healthy 0\n") {
		t.Errorf("figures: got %s, want neither writable nor healthy", text)
	}
	s.holdsWrites(t, taken)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		code, _, text := s.post(t, thousandPoints("m", fmt.Sprint(taken), taken))
		if code == http.StatusNoContent {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("with room again: got %d %s, want 204", code, text)
		}
	}
	s.holdsWrites(t, taken+1)
	if code, text := s.ask(t, "GET", "/api/v1/health/check", ""); code != http.StatusNoContent {
		t.Errorf("health with room again: got %d %s, want 204", code, text)
	}
}

// holdsWrites makes sure that the server has the first n writes whole, and no
// other.
func (s *server) holdsWrites(t *testing.T, n int) {
	t.Helper()
	query := `{"start_absolute":0,"metrics":[{"name":"m","aggregators":[{"name":"count","sampling":{"value":1,"unit":"years"}}]}]}`
	code, text := s.ask(t, "POST", "/api/v1/datapoints/query", query)
	if want := fmt.Sprintf(",%d]]", n*1000); code != http.StatusOK || !strings.Contains(text, want) {
		t.Errorf("got %d %.300s … %s, want %d points", code, text, text[max(0, len(text)-100):], n*1000)
	}
}

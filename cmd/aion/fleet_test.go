package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// eventually asks until an answer has a text, for as long as that may take.
func (s *server) eventually(t *testing.T, method, path, body, has string) {
	t.Helper()
	var text string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, text = s.ask(t, method, path, body); strings.Contains(text, has) {
			return
		}
	}
	t.Errorf("%s %s: got %s, want %s in it", method, path, text, has)
}

// TestDevicesByTheirPoints: a device is there with its first point, and stays over
// a restart; without --devices.auto-create it is not.
func TestDevicesByTheirPoints(t *testing.T) {
	dir := t.TempDir()
	s := start(t, "--data.dir="+dir)
	body := `[{"name":"temp","tags":{"device":"d1"},"datapoints":[[1,1]]},{"name":"temp","tags":{"host":"d2"},"datapoints":[[1,1]]}]`
	if status, text := s.ask(t, "POST", "/api/v1/datapoints", body); status != 204 {
		t.Fatalf("got %d %s", status, text)
	}
	if status, text := s.ask(t, "GET", "/api/admin/v1/devices", ""); status != 200 || strings.Count(text, `"id":`) != 1 || !strings.Contains(text, `"id":"d1"`) {
		t.Errorf("got %d %s, want device d1 alone", status, text)
	}
	s.stop()
	s = start(t, "--data.dir="+dir, "--no-devices.auto-create")
	if status, text := s.ask(t, "POST", "/api/v1/datapoints", strings.ReplaceAll(body, "d1", "d3")); status != 204 {
		t.Fatalf("got %d %s", status, text)
	}
	if status, text := s.ask(t, "GET", "/api/admin/v1/devices", ""); status != 200 || strings.Count(text, `"id":`) != 1 || !strings.Contains(text, `"id":"d1"`) {
		t.Errorf("got %d %s, want device d1 alone", status, text)
	}
	if status, text := s.ask(t, "DELETE", "/api/admin/v1/devices/d1?data=true", ""); status != 200 {
		t.Errorf("got %d %s", status, text)
	}
	if _, text := s.ask(t, "POST", "/api/v1/datapoints/query/tags", `{"start_absolute":0,"metrics":[{"name":"temp"}]}`); strings.Contains(text, "d1") || !strings.Contains(text, "d3") {
		t.Errorf("got %s, want the data of d1 gone", text)
	}
}

// TestContextsFollowAliases: a key for an alias sees the device that is called so,
// and no other, whoever that is by then.
func TestContextsFollowAliases(t *testing.T) {
	dir := t.TempDir()
	s := start(t, "--data.dir="+dir, "--auth.mode=required")
	file := planIn(t, `{organizations: [{id: acme}], devices: [{id: d1, aliases: [SN-1]}, {id: d2}],
		keys: [{id: root, secret: secret-of-root, role: root}, {id: partner, secret: secret-of-partner, context: {type: device, ids: [SN-1]}}]}`)
	if code, out, errs := command(t, "provision", "--data.dir="+dir, file); code != 0 {
		t.Fatalf("got %d %s %s", code, out, errs)
	}
	for i := 1; i <= 2; i++ {
		body := fmt.Sprintf(`[{"name":"temp","tags":{"device":"d%d"},"datapoints":[[1,1]]}]`, i)
		if status, text := s.as(t, "root", "secret-of-root", "POST", "/api/v1/datapoints", body); status != 204 {
			t.Fatalf("got %d %s", status, text)
		}
	}
	sees := func(want, not string) {
		t.Helper()
		_, text := s.as(t, "partner", "secret-of-partner", "POST", "/api/v1/datapoints/query/tags", `{"start_absolute":0,"metrics":[{"name":"temp"}]}`)
		if !strings.Contains(text, want) || strings.Contains(text, not) {
			t.Errorf("got %s, want %s and not %s", text, want, not)
		}
	}
	sees("d1", "d2")
	for _, step := range []string{"DELETE /api/admin/v1/devices/d1/aliases/SN-1", "PUT /api/admin/v1/devices/d2/aliases/SN-1"} {
		method, path, _ := strings.Cut(step, " ")
		if status, text := s.as(t, "root", "secret-of-root", method, path, ""); status != 200 {
			t.Fatalf("%s: got %d %s", step, status, text)
		}
	}
	sees("d2", "d1")
}

// TestSweeperServes: the rules of --retention count in memory, too, and what was
// swept is counted.
func TestSweeperServes(t *testing.T) {
	s := start(t, "--storage=memory", "--retention=short.=1h", "--devices.sweep-every=1s")
	now := time.Now().UnixMilli()
	old := now - 2*time.Hour.Milliseconds()
	body := fmt.Sprintf(`[{"name":"short.a","tags":{"h":"a"},"datapoints":[[%d,1],[%d,2]]}]`, old, now)
	if status, text := s.ask(t, "POST", "/api/v1/datapoints", body); status != 204 {
		t.Fatalf("got %d %s", status, text)
	}
	s.eventually(t, "POST", "/api/v1/datapoints/query", `{"start_absolute":0,"metrics":[{"name":"short.a"}]}`, fmt.Sprintf(`"values":[[%d,2]]`, now))
	s.eventually(t, "GET", "/metrics", "", "aion_swept_series_total 1")
}

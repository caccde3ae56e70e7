package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// unitLines are the lines of aion.service, by what they set.
func unitLines(t *testing.T) map[string]string {
	t.Helper()
	lines := map[string]string{}
	for line := range strings.Lines(readFile(t, "aion.service")) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && name[0] != '#' {
			lines[name] = value
		}
	}
	return lines
}

// TestUnitServes reads the service's command and environment as serve does.
func TestUnitServes(t *testing.T) {
	lines := unitLines(t)
	command := strings.Fields(lines["ExecStart"])
	vars := map[string]string{}
	for _, v := range strings.Fields(lines["Environment"]) {
		name, value, _ := strings.Cut(strings.ReplaceAll(v, "%S", "/var/lib"), "=")
		vars[name] = value
	}
	var c cli
	parse(t, &c, command[1:], vars)
	if got, want := c.Serve.Data.Dir, "/var/lib/"+lines["StateDirectory"]; got != want {
		t.Errorf("got the data folder %s, want that of StateDirectory, %s", got, want)
	}
	if c.Serve.Log.Format != "json" {
		t.Errorf("got log format %s, want the variable to count", c.Serve.Log.Format)
	}
	stop, err := time.ParseDuration(lines["TimeoutStopSec"] + "s")
	if err != nil || stop <= time.Duration(c.Serve.Shutdown.Grace) {
		t.Errorf("got TimeoutStopSec %s, want more than the %v that requests are given", lines["TimeoutStopSec"], c.Serve.Shutdown.Grace)
	}
	if lines["RestartPreventExitStatus"] != "2" {
		t.Error("a mistake in a setting, exit code 2, would be tried again for ever")
	}
}

// TestUnitIsSystemds has systemd read the unit.
func TestUnitIsSystemds(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze, which knows what a unit may say, is not installed")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "aion.service")
	text := strings.ReplaceAll(readFile(t, "aion.service"), "/usr/local/bin/aion", program)
	if err := os.WriteFile(unit, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", unit).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "aion.service") {
			t.Error(strings.TrimSpace(line))
		}
	}
	if err != nil && !t.Failed() {
		t.Logf("systemd-analyze complains of other units: %v\n%s", err, out)
	}
}

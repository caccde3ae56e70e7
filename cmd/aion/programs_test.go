package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// whole leaves a test out of short runs, which make test does with the race
// detector: it starts one process after the other, each of them ten times as slow
// then, and does nothing at once that other tests do not. The long run has it.
func whole(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("many processes, one after the other: the long run starts them")
	}
}

// needs ends the test where a program is not installed: it skips, or fails in a
// run that must not go without. A short run starts no programs of others.
func needs(t *testing.T, program string) {
	t.Helper()
	whole(t)
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed, and this run must not go without", program)
	}
	t.Skipf("%s is not installed", program)
}

// fetched is a folder in the user's cache in which a command has fetched what
// the files of a client name. It is fetched once for each state of these files.
func fetched(t *testing.T, client string, files []string, command ...string) string {
	t.Helper()
	needs(t, command[0])
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	texts := make([][]byte, len(files))
	for i, name := range files {
		if texts[i], err = os.ReadFile(filepath.Join(clientPrograms, client, name)); err != nil {
			t.Fatal(err)
		}
		sum.Write(texts[i])
	}
	dir := filepath.Join(cache, "aion-clients", client+"-"+hex.EncodeToString(sum.Sum(nil))[:16])
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(dir), client)
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(fresh)
	for i, name := range files {
		if err := os.WriteFile(filepath.Join(fresh, name), texts[i], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	fetch := exec.CommandContext(t.Context(), command[0], command[1:]...)
	fetch.Dir = fresh
	if out, err := fetch.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
	if err := os.Rename(fresh, dir); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	return dir
}

// printed runs a program to its end, with further environment, and answers what
// it prints.
func printed(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	needs(t, name)
	c := exec.CommandContext(t.Context(), name, args...)
	c.Env = append(os.Environ(), env...)
	var problems strings.Builder
	c.Stderr = &problems
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, out, problems.String())
	}
	return string(out)
}

// background runs a program until the end of the test.
func background(t *testing.T, name string, args ...string) {
	t.Helper()
	needs(t, name)
	c := exec.Command(name, args...)
	var said strings.Builder
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt) // it may have ended
		_ = c.Wait()                       // its end by a signal is an error
		if t.Failed() {
			t.Logf("%s said:\n%s", name, said.String())
		}
	})
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMakeBench has a go command of its own measure for make: where that fails,
// after a figure or before any, make fails and shows what it said.
func TestMakeBench(t *testing.T) {
	needs(t, "make")
	for _, target := range []string{"bench", "bench-growth", "bench-parts", "bench-cassandra"} {
		for _, run := range []struct {
			name, script string
			fails        bool
			want         string
		}{
			{"measures", `echo "BenchmarkAny/aion-2 1 5 ns/op"`, false, ""},
			{"fails after a figure", `echo "BenchmarkAny/aion-2 1 5 ns/op"; echo "--- FAIL: BenchmarkOther"; exit 1`, true, "FAIL: BenchmarkOther"},
			{"ends without a word", `exit 1`, true, ""},
		} {
			t.Run(target+" "+run.name, func(t *testing.T) {
				code, out := makes(t, target, run.script)
				if failed := code != 0; failed != run.fails || !strings.Contains(out, run.want) {
					t.Errorf("got %d and %s, want a failure: %v, with %q", code, out, run.fails, run.want)
				}
			})
		}
	}
}

// TestMakeBenchFailsLate: what is measured after the large table counts, too.
func TestMakeBenchFailsLate(t *testing.T) {
	needs(t, "make")
	for _, late := range []string{"Scoped", "Yggio", "Connio"} {
		code, out := makes(t, "bench", `echo "BenchmarkAny/aion-2 1 5 ns/op"
case "$*" in *`+late+`*) echo "--- FAIL: Benchmark`+late+`"; echo "    bench_test.go:1: it broke"; exit 1;; esac`)
		if code == 0 || !strings.Contains(out, "it broke") {
			t.Errorf("%s: got %d and %s, want a failure and why", late, code, out)
		}
	}
}

// makes runs a target of the Makefile with a go command that builds nothing and
// tests by a shell script.
func makes(t *testing.T, target, script string) (code int, out string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "go")
	text := "#!/bin/sh\nif [ \"$1\" != test ]; then exit 0; fi\n" + script + "\n"
	if err := os.WriteFile(program, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "make", "--no-print-directory", "-C", "../..", target, "GO="+program)
	cmd.Env = append(os.Environ(), "MAKEFLAGS=") // not what a make was given that runs this
	all, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(all)
}

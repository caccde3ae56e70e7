package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// update makes TestReadmeSettings write what it would compare.
var update = flag.Bool("update", false, "write the generated part of README.md anew")

// readme is where README.md lies.
const readme = "../../README.md"

// TestReadmeSettings holds the README's table to the flags.
func TestReadmeSettings(t *testing.T) {
	text := readFile(t, readme)
	const begin, end = "see TestReadmeSettings -->\n", "<!-- end of settings -->"
	head, rest, found := strings.Cut(text, begin)
	got, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("README.md has no place for the settings")
	}
	want := settingsTable(t)
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("README.md tells of other settings than --help (-update writes it anew):\n%s", cmp.Diff(want, got))
	}
	if err := os.WriteFile(readme, []byte(head+begin+want+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}

// settingsTable is a row for every setting of serve, from what --help prints.
func settingsTable(t *testing.T) string {
	t.Helper()
	parser, err := newParser(new(cli), &settings{getenv: env(nil)}, os.Stdout, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	table := "| flag | default | meaning |\n|---|---|---|\n"
	for _, command := range parser.Model.Children {
		for _, f := range command.Flags {
			if command.Name != "serve" || f.Name == "help" {
				continue
			}
			value := ""
			if f.Default != "" {
				value = "`" + f.Default + "`"
			}
			table += fmt.Sprintf("| `--%s` | %s | %s |\n", f.Name, value, f.Help)
		}
	}
	return table
}

// TestReadmeRequests sends what the README shows and compares the answer.
func TestReadmeRequests(t *testing.T) {
	s := start(t, "--storage=memory")
	requests := regexp.MustCompile("(?s)```sh\n(.*?)\n```(?:\n\n```(?:json|csv)\n(.*?)\n```)?").FindAllStringSubmatch(readFile(t, readme), -1)
	if len(requests) < 4 || requests[1][2] == "" || requests[2][2] == "" || requests[3][2] == "" {
		t.Fatalf("got %d requests in README.md, want a write, two queries and one in Yggio's words with their answers", len(requests))
	}
	for _, r := range requests {
		out := shell(t, strings.ReplaceAll(r[1], "127.0.0.1:8080", s.address))
		if r[2] == "" {
			if out != "" {
				t.Errorf("got %q, want nothing from\n%s", out, r[1])
			}
			continue
		}
		if table := strings.ReplaceAll(out, "\r\n", "\n"); !strings.HasPrefix(out, "{") {
			if want := r[2] + "\n"; table != want {
				t.Errorf("got\n%s\nwant\n%s", table, want)
			}
			continue
		}
		if got, want := decode(t, out), decode(t, r[2]); !cmp.Equal(got, want) {
			t.Errorf("README.md's answer differs (-want +got):\n%s", cmp.Diff(want, got))
		}
	}
}

// TestReadmeCommands parses the commands that the README shows, and looks for
// the settings and targets that it names.
func TestReadmeCommands(t *testing.T) {
	whole(t)
	text := readFile(t, readme)
	commands := regexp.MustCompile(`(?m)^    \./aion (.*)$`).FindAllStringSubmatch(text, -1)
	if len(commands) == 0 {
		t.Error("got no command, want how to serve a keyspace of KairosDB's")
	}
	for _, command := range commands {
		for part := range strings.SplitSeq(command[1], " | ./aion ") {
			var c cli
			parse(t, &c, strings.Fields(part), nil)
		}
	}
	table := settingsTable(t)
	for _, name := range regexp.MustCompile("`(--[a-z]+\\.[a-z-]+)").FindAllStringSubmatch(text, -1) {
		if !strings.Contains(table, "`"+name[1]+"`") {
			t.Errorf("got %s, which is no setting", name[1])
		}
	}
	makefile := readFile(t, "../../Makefile")
	for _, target := range regexp.MustCompile("(?m)(?:^    |`)make ([a-z-]+)").FindAllStringSubmatch(text, -1) {
		if !strings.Contains(makefile, "\n"+target[1]+":") {
			t.Errorf("got make %s, which the Makefile lacks", target[1])
		}
	}
}

// TestDemoRequests sends what the demo suggests.
func TestDemoRequests(t *testing.T) {
	s := start(t, "--data.dir="+t.TempDir(), "--demo")
	lines := regexp.MustCompile(`(?m)^\s*curl .*$`).FindAllString(s.stdout(), -1)
	if len(lines) != 3 {
		t.Fatalf("got %d requests to try, want 3, in\n%s", len(lines), s.stdout())
	}
	for i, want := range []struct{ groups, values int }{{1, 10}, {demoDevices - 1, 24}, {1, 0}} {
		var got struct {
			Queries []struct {
				Results []struct {
					Tags   map[string][]string
					Values [][2]any
				}
			}
		}
		out := shell(t, lines[i])
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%s: %v in %s", lines[i], err, out)
		}
		if len(got.Queries) != 1 || len(got.Queries[0].Results) != want.groups {
			t.Fatalf("%s: got %s, want %d groups", lines[i], out, want.groups)
		}
		for _, r := range got.Queries[0].Results {
			if len(r.Values) < want.values || len(r.Tags["device"]) == 0 {
				t.Errorf("%s: got %d values of %v, want %d and devices", lines[i], len(r.Values), r.Tags, want.values)
			}
		}
	}
}

// TestPythonExample runs the README's script.
func TestPythonExample(t *testing.T) {
	s := start(t, "--storage=memory")
	out := shell(t, "python3 testdata/day.py http://"+s.address)
	bars := regexp.MustCompile(`(?m)^\d\d:00  ?\d+\.\d #+$`).FindAllString(out, -1)
	if len(bars) != 24 {
		t.Errorf("got %d bars, want 24, in\n%s", len(bars), out)
	}
}

// shell runs a line as a person pastes it. A machine that lacks the program
// skips the test, unless it is CI's.
func shell(t *testing.T, line string) string {
	t.Helper()
	program := regexp.MustCompile(`^\s*(\w+=\S*\s+)*(\S+)`).FindStringSubmatch(line)[2]
	if _, err := exec.LookPath(program); err != nil && os.Getenv("CI") == "" {
		t.Skipf("%s is not installed", program)
	}
	var out, errs bytes.Buffer
	command := exec.CommandContext(t.Context(), "sh", "-c", line)
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, &errs)
	}
	return out.String()
}

// readFile is a file's text.
func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// decode reads JSON.
func decode(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return v
}

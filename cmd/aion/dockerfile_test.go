package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// stage is one FROM of a Dockerfile and what follows it.
type stage struct {
	name, from string
	steps      [][2]string // an instruction and its arguments
}

// readDockerfile reads the stages of the image.
func readDockerfile(t *testing.T) []stage {
	t.Helper()
	text := strings.ReplaceAll(readFile(t, "Dockerfile"), "\\\n", " ")
	var stages []stage
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case word == "" || word[0] == '#':
		case word == "FROM":
			from, name, _ := strings.Cut(rest, " AS ")
			stages = append(stages, stage{name: name, from: from})
		case len(stages) == 0:
			t.Fatalf("got %s before any FROM", word)
		default:
			last := &stages[len(stages)-1]
			last.steps = append(last.steps, [2]string{word, strings.TrimSpace(rest)})
		}
	}
	return stages
}

// all are the arguments of every such instruction.
func (s *stage) all(instruction string) []string {
	var all []string
	for _, step := range s.steps {
		if step[0] == instruction {
			all = append(all, step[1])
		}
	}
	return all
}

// one are the arguments of the only such instruction.
func (s *stage) one(t *testing.T, instruction string) string {
	t.Helper()
	all := s.all(instruction)
	if len(all) != 1 {
		t.Fatalf("got %s %v in stage %s, want one", instruction, all, s.from)
	}
	return all[0]
}

// owns tells whether the image makes the folder and gives it to its user.
func (s *stage) owns(t *testing.T, folder string) bool {
	t.Helper()
	return strings.Contains(s.one(t, "RUN"), "mkdir "+folder+" && chown "+s.one(t, "USER")+" "+folder)
}

// TestDockerfile holds the stages to each other and to the module.
func TestDockerfile(t *testing.T) {
	stages := readDockerfile(t)
	if len(stages) != 2 {
		t.Fatalf("got %d stages, want one that builds and one that runs", len(stages))
	}
	build, final := stages[0], stages[1]
	for _, s := range stages {
		if !pinned.MatchString(s.from) {
			t.Errorf("got base %s, want one with an exact version", s.from)
		}
	}
	version := regexp.MustCompile(`(?m)^go (1\.\d+)`).FindStringSubmatch(readFile(t, "../../go.mod"))
	if !strings.HasPrefix(build.from, "golang:"+version[1]+".") {
		t.Errorf("got base %s, want Go %s, as go.mod says", build.from, version[1])
	}
	copied := strings.Fields(final.one(t, "COPY"))
	if copied[0] != "--from="+build.name || !strings.Contains(build.one(t, "RUN"), " -o "+copied[1]+" ./cmd/aion") {
		t.Errorf("got COPY %v, want what the build makes by %s", copied, build.one(t, "RUN"))
	}
	if entry := final.one(t, "ENTRYPOINT"); entry != `["`+copied[2]+`"]` {
		t.Errorf("got ENTRYPOINT %s, want %s", entry, copied[2])
	}
	if user := final.one(t, "USER"); !regexp.MustCompile(`^[1-9]\d{3,}:[1-9]\d{3,}$`).MatchString(user) {
		t.Errorf("got USER %s, want the number of a normal user", user)
	}
	if build.one(t, "COPY") != ". ." || !strings.Contains(readFile(t, "../../.dockerignore"), ".git\n") {
		t.Errorf("got COPY %s, want the module without its history", build.one(t, "COPY"))
	}
}

// TestDockerfileBuilds runs the image's build in a plain folder and asks the
// binary for its version.
func TestDockerfileBuilds(t *testing.T) {
	whole(t)
	build, folder := readDockerfile(t)[0], t.TempDir()
	copyModule(t, folder)
	binary := filepath.Join(folder, "made")
	command := regexp.MustCompile(`--mount=\S+ +`).ReplaceAllString(build.one(t, "RUN"), "")
	command = strings.Replace(command, "/out/aion", binary, 1)
	run := exec.CommandContext(t.Context(), "sh", "-c", command)
	run.Dir = folder
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	out, err := exec.CommandContext(t.Context(), binary, "version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "aion ") {
		t.Errorf("got %q, %v, want the version", out, err)
	}
}

// copyModule copies what COPY takes of the module: all but what begins with a
// dot.
func copyModule(t *testing.T, to string) {
	t.Helper()
	for _, name := range topLevel {
		from, target := filepath.Join("../..", name), filepath.Join(to, name)
		info, err := os.Stat(from)
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() {
			err = os.CopyFS(target, os.DirFS(from))
		} else {
			err = os.WriteFile(target, []byte(readFile(t, from)), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

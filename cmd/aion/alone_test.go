package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestAlone: the packages that CI tests without the race detector start no goroutine,
// with what of ours they import, and have no tests that do.
func TestAlone(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?m)^ALONE := (.+)$`).FindSubmatch(makefile)
	if list == nil {
		t.Fatal("the Makefile has no line of packages that are tested alone")
	}
	alone := strings.Fields(string(list[1]))
	for _, file := range filesOf(t, alone) {
		for _, found := range startsIn(t, file, nil) {
			t.Errorf("%s: got %s, want no goroutine in %s", file, found, alone)
		}
	}
}

// TestStartsIn: what starts goroutines is found.
func TestStartsIn(t *testing.T) {
	for code, want := range map[string]int{
		`func f() { go g() }`:                            1,
		`func f() { var w sync.WaitGroup; w.Go(g) }`:     1,
		`func f() { t.Parallel(); time.AfterFunc(1, g)}`: 2,
		`import "net/http/httptest"`:                     1,
		`func f() { g() }`:                               0,
	} {
		if got := startsIn(t, "code.go", "package p\n"+code); len(got) != want {
			t.Errorf("%s: got %q, want %d", code, got, want)
		}
	}
}

// filesOf lists the files of packages, their tests, and what of ours both import; not
// the main packages that go test makes.
func filesOf(t *testing.T, packages []string) []string {
	t.Helper()
	form := `{{if and .Module (ne .Name "main")}}{{if .Module.Main}}{{range .GoFiles}}{{$.Dir}}/{{.}} {{end}}{{end}}{{end}}`
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps", "-test", "-f", form}, packages...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	files := strings.Fields(string(out))
	slices.Sort(files)
	if files = slices.Compact(files); len(files) < len(packages) {
		t.Fatalf("got the files %q of %q", files, packages)
	}
	return files
}

// startsIn lists what in a file may start a goroutine. The file's text may be given.
func startsIn(t *testing.T, file string, text any) (found []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, "a go statement")
		case *ast.SelectorExpr:
			if slices.Contains([]string{"Go", "Parallel", "RunParallel", "AfterFunc"}, n.Sel.Name) {
				found = append(found, n.Sel.Name)
			}
		case *ast.ImportSpec:
			if within(strings.Trim(n.Path.Value, `"`), "net/http") {
				found = append(found, n.Path.Value)
			}
		}
		return true
	})
	return found
}

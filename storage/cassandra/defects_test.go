package cassandra

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDefects: the table of defects has a line for each, and the tests that it
// names are there.
func TestDefects(t *testing.T) {
	table, err := os.ReadFile("defects.go")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^//\t(D-\d\d) .* (?:(-)|(Test\w+)(?: \((\S+)\))?)$`)
	folders := map[string]string{"": ".", "codec": "../codec", "query": "../../query", "conformance": "../../conformance", "cmd/aion": "../../cmd/aion",
		"api/telnet": "../../api/telnet", "api/kairosdb": "../../api/kairosdb"}
	lines := line.FindAllStringSubmatch(string(table), -1)
	for i, found := range lines {
		if want := fmt.Sprintf("D-%02d", i+1); found[1] != want {
			t.Fatalf("got a line for %s, want %s", found[1], want)
		}
		folder, ok := folders[found[4]]
		if name := found[3]; name != "" && (!ok || !hasTest(t, folder, name)) {
			t.Errorf("%s: there is no %s in package %q", found[1], name, found[4])
		}
	}
	if len(lines) != 38 {
		t.Errorf("got %d lines, want 38", len(lines))
	}
}

// hasTest tells whether a folder has a test of that name.
func hasTest(t *testing.T, folder, name string) bool {
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}

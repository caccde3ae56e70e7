package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// bare lists the members of protocols that hold what belongs to everybody, and in
// which functions they may be used: where the store is narrowed to what whoever
// asks may see, where a protocol is made, and where another gate stands.
var bare = map[string][]string{
	"Store":    {"store", "New"},
	"Services": {"services", "New"},
}

// otherGates are functions beyond those, by package, with the reason.
var otherGates = map[string][]string{
	"api/stream": {"side"},   // all connections share a writer; Peer.Permits is the gate of each point
	"api/carbon": {"stream"}, // makes a server of that package
	"api/telnet": {"New"},
}

// TestHandlersHoldNoBareStore looks at every protocol: nothing that answers a
// request reaches the store but through the one function that narrows it.
func TestHandlersHoldNoBareStore(t *testing.T) {
	seen := 0
	for file, name := range protocolFiles(t) {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			for _, member := range members(tree, f) {
				seen++
				if !slices.Contains(bare[member], f.Name.Name) && !slices.Contains(otherGates[name], f.Name.Name) {
					t.Errorf("%s: %s uses the bare %s of its protocol", file, f.Name.Name, member)
				}
			}
		}
	}
	if seen < 8 {
		t.Errorf("got %d uses of bare stores in all protocols, want those that are there: the test has gone blind", seen)
	}
}

// protocolFiles are the files of protocols, and what may answer requests.
func protocolFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(filepath.Join("..", "..", "api"), func(path string, d fs.DirEntry, err error) error {
		name := filepath.ToSlash(filepath.Dir(strings.TrimPrefix(path, filepath.Join("..", "..")+string(filepath.Separator))))
		if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") && name != "api/access" {
			files[path] = name
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// members are the uses of bare members in a function.
func members(tree *ast.File, f *ast.FuncDecl) (found []string) {
	packages := map[string]bool{}
	for _, i := range tree.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		name := path[strings.LastIndexByte(path, '/')+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		packages[name] = true
	}
	called := map[ast.Expr]bool{} // methods, such as Store of an atomic value
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			called[call.Fun] = true
		}
		s, ok := n.(*ast.SelectorExpr)
		if !ok || called[s] || bare[s.Sel.Name] == nil {
			return true
		}
		if x, ok := s.X.(*ast.Ident); !ok || !packages[x.Name] {
			found = append(found, s.Sel.Name)
		}
		return true
	})
	return found
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rooms is the import table: which of our packages each package may import. A
// package that is not listed must not exist.
var rooms = map[string][]string{
	"storage/points":      {},
	"storage":             {"storage/points"},
	"storage/chunk":       {"storage/points"},
	"storage/memory":      {"storage/points", "storage"},
	"storage/pebble":      {"storage/points", "storage", "storage/chunk", "storage/pebble/folder", "storage/pebble/posting", "storage/pebble/tips"},
	"storage/codec":       {"storage/points"},
	"storage/cassandra":   {"storage/points", "storage", "storage/codec", "storage/chunk"},
	"storage/ingest":      {"storage/points", "storage"},
	"storage/catalog":     {"storage/points", "storage"},
	"storage/transfer":    {"storage/points", "storage", "storage/ingest"},
	"storage/storagetest": {"storage/points", "storage"},
	"aggregators":         {"storage/points"},
	"query":               {"storage/points", "storage", "aggregators"},
	"query/encode":        {"storage/points", "query"},
	"query/fleet":         {"storage/points", "storage", "storage/catalog", "storage/ingest", "query"},
	"query/rollup":        {"storage/points", "storage", "storage/catalog", "storage/ingest", "aggregators", "query"},

	// The embedded engine's folder as files, the sets of its index, and the newest
	// points that it keeps in memory.
	"storage/pebble/folder":  {"storage/points"},
	"storage/pebble/posting": {"storage/points"},
	"storage/pebble/tips":    {"storage/points"},

	// A node for tests that imports nothing of ours, and what waits in files
	// while the cluster behind a store is away.
	"storage/cassandra/cassandratest": {},
	"storage/cassandra/spool":         {"storage/points", "storage"},

	"api/wire":          {"storage/points"},
	"api/kairosdb/gson": {},
	"api/kairosdb": {
		"storage/points", "storage", "storage/ingest", "storage/catalog", "aggregators", "query", "query/encode", "query/rollup", "query/fleet",
		"api/wire", "api/access", "api/kairosdb/gson",
	},
	"api/access": {"storage/points", "storage", "storage/catalog"},
	"api/admin": {
		"storage/points", "storage", "storage/ingest", "storage/catalog", "aggregators", "query", "query/encode", "query/rollup", "query/fleet",
		"api/wire", "api/access",
	},
	"api/connio": {
		"storage/points", "storage", "storage/ingest", "storage/catalog", "aggregators", "query", "query/encode", "query/fleet", "api/wire", "api/access",
	},
	"api/grafana": {"storage/points", "storage", "aggregators", "query", "query/encode", "query/rollup", "api/wire", "api/access"},
	"api/yggio": {
		"storage/points", "storage", "storage/ingest", "storage/catalog", "aggregators", "query", "query/encode", "query/fleet", "api/wire", "api/access",
	},
	"api": {"storage/points", "storage", "storage/catalog", "api/wire", "api/access"},

	// What listeners for one-way clients share, and those.
	"api/stream": {"storage/points", "storage", "storage/ingest", "api/access"},
	"api/telnet": {"storage/points", "storage", "storage/ingest", "api/stream", "api/access"},
	"api/carbon": {"storage/points", "storage", "storage/ingest", "api/stream", "api/access"},

	"api/remotewrite": {"storage/points", "storage", "storage/ingest", "api/wire", "api/stream", "api/access"},

	"conformance":      {},
	"conformance/load": {},
	"cmd/aion":         {everything},
}

// inTests lists what a package's tests may import beyond its own arrows and
// forTests: a protocol is tested behind the server's middleware, the scripts of
// conformance against the whole program.
var inTests = map[string][]string{
	"api/admin":       {"api"},
	"api/connio":      {"api", "api/kairosdb"},                    // whose points it reads
	"api/grafana":     {"api", "api/kairosdb", "storage/catalog"}, // whose queries it reads by a function; where keys are kept
	"api/yggio":       {"api", "api/kairosdb"},                    // whose queries it is measured beside
	"api/kairosdb":    {"api"},
	"api/remotewrite": {"api"},
	"conformance":     {everything},
}

// forTests is what every package's tests may import.
var forTests = []string{"storage/memory", "storage/storagetest", "storage/cassandra/cassandratest", "conformance"}

// everything stands for all packages.
const everything = "*"

// homes lists where each library may be imported: in these packages and those
// below them.
var homes = map[string][]string{
	"github.com/labstack/echo/v4":                 {"api"},
	"github.com/go-playground/validator/v10":      {"api/wire"},
	"github.com/apache/cassandra-gocql-driver/v2": {"storage/cassandra"},
	"github.com/cockroachdb/pebble/v2":            {"storage/pebble"},
	"github.com/RoaringBitmap/roaring/v2":         {"storage/pebble"},
	"github.com/klauspost/compress":               {"storage/chunk", "api", "storage/transfer"},
	"github.com/prometheus/client_golang":         {"api"},
	"github.com/kisielk/og-rek":                   {"api/carbon"},
	"google.golang.org/protobuf":                  {"api/remotewrite"},
	"github.com/golang-jwt/jwt/v5":                {"api", "cmd/aion"}, // a test signs tokens
	"github.com/MicahParks/keyfunc/v3":            {"api"},
	"golang.org/x/sync":                           {"api/kairosdb"}, // writes take turns by weight
	"golang.org/x/time":                           {"api"},
	"golang.org/x/crypto":                         {"api/access"},
	"github.com/apache/arrow-go/v18":              {"query/encode"},
	"golang.org/x/term":                           {"cmd/aion"},
	"github.com/alecthomas/kong":                  {"cmd/aion"},
	"go.yaml.in/yaml/v3":                          {"cmd/aion"},
}

// testLibraries are imported by tests and by the suites for tests alone.
var testLibraries = []string{"github.com/cockroachdb/datadriven", "github.com/google/go-cmp", "go.uber.org/goleak", "github.com/santhosh-tekuri/jsonschema/v6"}

// topLevel is all that lies in the module's root, beside what begins with a dot.
var topLevel = []string{
	"LICENSE", "Makefile", "README.md", "aggregators", "api", "cmd", "conformance", "docker-compose.yml",
	"go.mod", "go.sum", "query", "storage",
}

// ignored is what running and testing leave in the root; git does not see it.
var ignored = []string{"aion", "aion-data"}

// listed is a package as go list tells of it.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// TestImports holds every package to the table.
func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, "aion/")
		allowed, known := rooms[room]
		if !known {
			t.Errorf("got a package %s, want only those of the import table", room)
		}
		check(t, room, p.Imports, allowed, room == "storage/storagetest")
		tests := slices.Concat(allowed, inTests[room], forTests, []string{room})
		check(t, room+" (tests)", slices.Concat(p.TestImports, p.XTestImports), tests, true)
	}
}

// check compares a room's imports with what it may import.
func check(t *testing.T, room string, imports, allowed []string, test bool) {
	t.Helper()
	for _, path := range imports {
		ours, isOurs := strings.CutPrefix(path, "aion/")
		switch {
		case isOurs:
			if !slices.Contains(allowed, ours) && !slices.Contains(allowed, everything) {
				t.Errorf("%s imports %s, want only %v", room, ours, allowed)
			}
		case strings.Contains(strings.Split(path, "/")[0], "."):
			if !atHome(path, room, test) {
				t.Errorf("%s imports %s, want it in its home alone", room, path)
			}
		}
	}
}

// atHome tells whether a library may be imported in the room.
func atHome(path, room string, test bool) bool {
	for _, library := range testLibraries {
		if within(path, library) {
			return test
		}
	}
	room, _, _ = strings.Cut(room, " ")
	for library, where := range homes {
		if within(path, library) {
			return slices.ContainsFunc(where, func(home string) bool { return within(room, home) })
		}
	}
	return false
}

// within tells whether path is base or lies below it.
func within(path, base string) bool { return path == base || strings.HasPrefix(path, base+"/") }

// TestTopLevel holds the module's root to what may lie there.
func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, ".") && !slices.Contains(ignored, name) {
			got = append(got, name)
		}
	}
	if !slices.Equal(got, topLevel) {
		t.Errorf("got  %v\nwant %v", got, topLevel)
	}
}

// packages lists all packages of the module.
func packages(t *testing.T) []listed {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	list.Dir = filepath.Join("..", "..")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

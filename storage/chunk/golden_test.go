package chunk

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"aion/storage/points"
)

// golden makes TestGolden write the files of the current versions that are not
// there. What is there stays as it is: a folder of an operator has such bytes.
var golden = flag.Bool("golden", false, "write missing golden files of the current versions")

// TestGolden reads the chunks and runs of every version that has been released,
// which stand in testdata/v1 and so on beside their points in text, and encodes
// the points of the current version to the same bytes.
func TestGolden(t *testing.T) {
	if *golden {
		writeGolden(t)
	}
	texts, err := filepath.Glob("testdata/v*/*.points")
	if err != nil || len(texts) == 0 {
		t.Fatal("there are no golden files", err)
	}
	current := map[byte]bool{}
	for _, path := range texts {
		name := strings.TrimSuffix(path, ".points")
		t.Run(strings.TrimPrefix(name, "testdata/"), func(t *testing.T) {
			b, expires := parsePoints(t, readGolden(t, path))
			chunk, run := readGolden(t, name+".chunk"), readGolden(t, name+".run")
			sameChunk(t, chunk, b, expires)
			head, headExpires := goldenRun(b, expires)
			sameRun(t, run, head, headExpires)
			version, found := chunk[0], filepath.Base(filepath.Dir(path))
			if found != fmt.Sprint("v", version) {
				t.Fatalf("the chunk in %s is of version %d", found, version)
			}
			current[version] = true
			if got := Append(nil, b, expires); !bytes.Equal(got, chunk) {
				t.Errorf("the chunk is encoded to %d bytes other than the %d of the file: give it a new version", len(got), len(chunk))
			}
			if got := AppendRun(nil, head, headExpires); !bytes.Equal(got, run) {
				t.Errorf("the run is encoded to %x, the file has %x: give it a new version", got, run)
			}
		})
	}
	if !current[versionRows] || !current[versionColumns] {
		t.Errorf("there are golden files of versions %v, want %d and %d", current, versionRows, versionColumns)
	}
}

// TestGoldenPages reads chunks of version 1 of so many pages that they would have
// version 2 now, which stand in testdata/v1/pages; their points are those of the
// chunks of version 2.
func TestGoldenPages(t *testing.T) {
	paths, err := filepath.Glob("testdata/v1/pages/*.chunk")
	if err != nil || len(paths) == 0 {
		t.Fatal("there are no golden files", err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".chunk")
		t.Run(name, func(t *testing.T) {
			b, expires := parsePoints(t, readGolden(t, "testdata/v2/"+name+".points"))
			data := readGolden(t, path)
			sameChunk(t, data, b, expires)
			if now := Append(nil, b, expires); data[0] != versionRows || now[0] != versionColumns {
				t.Errorf("the chunk has version %d and is encoded to %d, want %d and %d", data[0], now[0], versionRows, versionColumns)
			}
		})
	}
}

// goldenRun is what of a golden block stands in its run.
func goldenRun(b *points.Block, expires []int64) (*points.Block, []int64) {
	head := b.Slice(0, min(5, b.Len()))
	if expires != nil {
		expires = expires[:head.Len()]
	}
	return &head, expires
}

// sameChunk reads a chunk, which has to hold a block.
func sameChunk(t *testing.T, data []byte, b *points.Block, expires []int64) {
	t.Helper()
	var c Chunk
	if err := c.Open(data); err != nil {
		t.Fatalf("Open: %v", err)
	}
	var got points.Block
	if err := c.AppendPages(&got, 0, c.Pages()); err != nil {
		t.Fatalf("AppendPages: %v", err)
	}
	if diff := differ(b, &got); diff != "" {
		t.Errorf("the points (-want +got):\n%s", diff)
	}
	checkExpiries(t, &c, expires)
	checkSummaries(t, &c, b)
}

// sameRun reads a run, which has to hold a block.
func sameRun(t *testing.T, data []byte, b *points.Block, expires []int64) {
	t.Helper()
	var got points.Block
	gotExpires, err := ParseRun(data, &got, nil)
	if err != nil {
		t.Fatalf("ParseRun: %v", err)
	}
	if diff := differ(b, &got); diff != "" || fmt.Sprint(gotExpires) != fmt.Sprint(expires) {
		t.Errorf("the run expires %v, want %v (-want +got):\n%s", gotExpires, expires, diff)
	}
}

// writeGolden writes what is missing.
func writeGolden(t *testing.T) {
	writeGoldenOf(t, versionRows, classes(150))
	writeGoldenOf(t, versionColumns, classes((columnsFrom-1)*PageSize+20))
}

// writeGoldenOf writes what is missing of a version that chunks of these points have.
func writeGoldenOf(t *testing.T, version byte, blocks map[string]*points.Block) {
	t.Helper()
	blocks["expiring"] = blocks["gauge jitter"]
	dir := fmt.Sprintf("testdata/v%d", version)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for class, b := range blocks {
		var expires []int64
		if class == "expiring" {
			for i := range b.Len() {
				expires = append(expires, int64(i%3)*(start+int64(i)*1000))
			}
		}
		name := filepath.Join(dir, strings.ReplaceAll(class, " ", "-"))
		if _, err := os.Stat(name + ".chunk"); err == nil {
			continue
		}
		head, headExpires := goldenRun(b, expires)
		for suffix, data := range map[string][]byte{
			".points": appendPoints(nil, b, expires), ".chunk": Append(nil, b, expires), ".run": AppendRun(nil, head, headExpires),
		} {
			if err := os.WriteFile(name+suffix, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// appendPoints writes a block as text: a line with kind and type, then a line for
// each point with its time, the sort of its value, the value, which of a double is
// its bits, and when it expires.
func appendPoints(dst []byte, b *points.Block, expires []int64) []byte {
	dst = fmt.Appendf(dst, "%d %q %t\n", b.Kind, b.Type, expires != nil)
	for i, at := range b.Times {
		dst = fmt.Appendf(dst, "%d ", at)
		switch {
		case b.Kind == points.Text:
			dst = fmt.Appendf(dst, "text %q", b.Texts[i])
		case b.Kind == points.Opaque:
			dst = fmt.Appendf(dst, "bytes %q", b.Bytes[i])
		case b.Null(i):
			dst = append(dst, "null -"...)
		case b.Int(i):
			dst = fmt.Appendf(dst, "long %d", b.Ints[i])
		default:
			dst = fmt.Appendf(dst, "double %016x", math.Float64bits(b.Floats[i]))
		}
		if expires != nil {
			dst = fmt.Appendf(dst, " %d", expires[i])
		}
		dst = append(dst, '\n')
	}
	return dst
}

// parsePoints reads what appendPoints wrote.
func parsePoints(t *testing.T, text []byte) (b *points.Block, expires []int64) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	head, body, _ := strings.Cut(string(text), "\n")
	var kind points.Kind
	var typeName string
	var expiring bool
	_, err := fmt.Sscanf(head, "%d %q %t", &kind, &typeName, &expiring)
	must(err)
	b = &points.Block{}
	b.Reset(kind)
	b.Type = typeName
	for line := range strings.Lines(body) {
		at, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if expiring {
			i := strings.LastIndexByte(rest, ' ')
			expiry, err := strconv.ParseInt(rest[i+1:], 10, 64)
			must(err)
			expires, rest = append(expires, expiry), rest[:i]
		}
		when, err := strconv.ParseInt(at, 10, 64)
		must(err)
		must(parsePoint(b, when, rest))
	}
	return b, expires
}

// parsePoint adds a point whose value is written as text.
func parsePoint(b *points.Block, at int64, text string) error {
	sort, value, _ := strings.Cut(text, " ")
	switch sort {
	case "null":
		b.AppendNull(at)
	case "long":
		v, err := strconv.ParseInt(value, 10, 64)
		b.AppendInt(at, v)
		return err
	case "double":
		v, err := strconv.ParseUint(value, 16, 64)
		b.AppendFloat(at, math.Float64frombits(v))
		return err
	default:
		v, err := strconv.Unquote(value)
		if sort == "text" {
			b.AppendText(at, v)
		} else {
			b.AppendBytes(at, []byte(v))
		}
		return err
	}
	return nil
}

// readGolden reads a golden file.
func readGolden(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

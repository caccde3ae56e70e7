package kairosdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// onePoint is a body with one point.
const onePoint = `[{"name":"m","tags":{"h":"a"},"datapoints":[[1,2]]}]`

// zipped is a text compressed.
func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestDatapointsUnpacks says by type or encoding that a body is packed, and
// spoils it.
func TestDatapointsUnpacks(t *testing.T) {
	const byType, byEncoding = "Content-Type: ", "Content-Encoding: "
	packed := zipped(t, onePoint)
	long := zipped(t, onePoint[:len(onePoint)-1]+strings.Repeat(","+onePoint[1:len(onePoint)-1], 20_000)+"]")
	const notGzip, noMessage, ended = `{"errors":["Not in GZIP format"]}`, `{"errors":[null]}`, `{"errors":["` + endOfInput + `"]}`
	const notJSON = `{"errors":["Use JsonReader.setLenient(true) to accept malformed JSON at line 1 column 1 path $"]}`
	tests := []struct {
		name, body string
		header     []string
		status     int
		want       string
		stored     int
	}{
		{"type", packed, []string{byType + "application/gzip"}, 204, "", 1},
		{"type with parameter", packed, []string{byType + "Application/GZIP; a=b"}, 204, "", 1},
		{"type of all of a kind", packed, []string{byType + "application/*"}, 204, "", 1},
		{"type of all types", packed, []string{byType + "*/*"}, 204, "", 1},
		{"encoding", packed, []string{byEncoding + "gzip"}, 204, "", 1},
		{"encoding in capitals", packed, []string{byEncoding + "GZIP", byType + "application/json"}, 204, "", 1},
		{"both, packed once", packed, []string{byEncoding + "gzip", byType + "application/gzip"}, 204, "", 1},
		{"two members", zipped(t, onePoint[:9]) + zipped(t, onePoint[9:]), []string{byEncoding + "gzip"}, 204, "", 1},
		{"other encodings are not heeded", onePoint, []string{byEncoding + "deflate"}, 204, "", 1},
		{"list of encodings", packed, []string{byEncoding + "gzip, identity"}, 400, notJSON, 0},
		{"x-gzip", packed, []string{byEncoding + "x-gzip"}, 400, notJSON, 0},
		{"type, plain", onePoint, []string{byType + "application/gzip"}, 400, notGzip, 0},
		{"encoding, plain", onePoint, []string{byEncoding + "gzip"}, 500, notGzip, 0},
		{"type, empty", "", []string{byType + "application/gzip"}, 400, noMessage, 0},
		{"encoding, empty", "", []string{byEncoding + "gzip"}, 500, noMessage, 0},
		{"encoding, cut in the header", packed[:5], []string{byEncoding + "gzip"}, 500, noMessage, 0},
		{"unknown method", "\x1f\x8b\x09\x00\x00\x00\x00\x00\x00\x00", []string{byType + "application/gzip"}, 400,
			`{"errors":["Unsupported compression method"]}`, 0},
		{"cut", packed[:len(packed)/2], []string{byEncoding + "gzip"}, 400, ended, 0},
		{"cut late", long[:len(long)-20], []string{byType + "application/gzip"}, 400, ended, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := memory.New(memory.Config{})
			p := newProtocol(t, Config{Store: store, Release: aggregators.Develop})
			got := call(t, p, http.MethodPost, "/api/v1/datapoints", tt.body, tt.header...)
			if got.status != tt.status || got.body != tt.want {
				t.Errorf("got %d %s, want %d %s", got.status, got.body, tt.status, tt.want)
			}
			if stored := dump(t, store); len(stored) != tt.stored {
				t.Errorf("got %q stored, want %d points", stored, tt.stored)
			}
		})
	}
}

// TestDatapointsOfOldReleaseIgnoresTheEncoding packs a body where only the type
// counts.
func TestDatapointsOfOldReleaseIgnoresTheEncoding(t *testing.T) {
	p := newProtocol(t, Config{Release: aggregators.V12})
	got := call(t, p, http.MethodPost, "/api/v1/datapoints", zipped(t, onePoint), "Content-Encoding: gzip")
	if got.status != http.StatusBadRequest {
		t.Errorf("got %d %s, want 400", got.status, got.body)
	}
}

// TestDatapointsHeaders compares all headers of an answer.
func TestDatapointsHeaders(t *testing.T) {
	setA := http.Header{
		"Access-Control-Allow-Origin": {"*"}, "Pragma": {"no-cache"}, "Cache-Control": {"no-cache"},
		"Expires": {"0"}, "Content-Type": {"application/json;charset=utf-8"},
	}
	setB := http.Header{"Access-Control-Allow-Origin": {"*"}, "Content-Type": {"application/json"}}
	tests := []struct {
		name, body string
		status     int
		want       http.Header
	}{
		{"stored", onePoint, 204, setA},
		{"wrong", `[{}]`, 400, setB},
		{"failed", `[null]`, 500, setA},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := call(t, newProtocol(t, Config{Release: aggregators.V13}), http.MethodPost, "/api/v1/datapoints", tt.body)
			got.header.Del("Content-Length")
			if diff := cmp.Diff(tt.want, got.header); got.status != tt.status || diff != "" {
				t.Errorf("got %d, want %d; headers differ: %s", got.status, tt.status, diff)
			}
		})
	}
}

// TestDatapointsLimit ends a body that never would, as sent and as unpacked.
func TestDatapointsLimit(t *testing.T) {
	endless := onePoint[:len(onePoint)-1] + strings.Repeat(" ", 1<<20)
	tests := []struct {
		name, body string
		header     []string
	}{
		{"plain", endless, nil},
		{"unpacked", zipped(t, endless), []string{"Content-Encoding: gzip"}},
		{"within a text", `[{"name":"` + strings.Repeat("x", 1<<20), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newProtocol(t, Config{Release: aggregators.V13, MaxIngest: 100_000})
			got := call(t, p, http.MethodPost, "/api/v1/datapoints", tt.body, tt.header...)
			if got.status != http.StatusRequestEntityTooLarge || !strings.Contains(got.body, "http.max-ingest") {
				t.Errorf("got %d %.200s, want 413 that names the setting", got.status, got.body)
			}
		})
	}
}

// TestDatapointsAtOnce has requests share the parsers.
func TestDatapointsAtOnce(t *testing.T) {
	store := memory.New(memory.Config{})
	p := newProtocol(t, Config{Store: store, Release: aggregators.V13})
	const clients, requests = 4, 25
	var group sync.WaitGroup
	for client := range clients {
		group.Go(func() {
			for at := range requests {
				body := fmt.Sprintf(`[{"name":"m","tags":{"h":"%d"},"timestamp":%d,"value":%d}]`, client, at, client)
				if got := call(t, p, http.MethodPost, "/api/v1/datapoints", zipped(t, body), "Content-Encoding: gzip"); got.status != 204 {
					t.Errorf("got %d %s, want 204", got.status, got.body)
				}
			}
		})
	}
	group.Wait()
	stored := dump(t, store)
	if len(stored) != clients*requests || stored[0] != "m{h=0} long 0 0" {
		t.Errorf("got %d points, the first %q, want %d", len(stored), stored[:1], clients*requests)
	}
}

// unwritable is a store that writes nothing.
type unwritable struct {
	storage.Store
	err error
}

// Write fails.
func (f unwritable) Write(context.Context, *storage.Batch) error { return f.err }

// TestDatapointsPassesTheStoresFailureOn fails a write and uses the parser
// again.
func TestDatapointsPassesTheStoresFailureOn(t *testing.T) {
	parser := parserOf(switches[aggregators.V13])
	_, err := parser.parse(t.Context(), strings.NewReader(onePoint), unwritable{err: points.ErrUnavailable})
	if !errors.Is(err, points.ErrUnavailable) {
		t.Errorf("got %v, want %v", err, points.ErrUnavailable)
	}
	got := ingested(t, parser, strings.NewReader(onePoint))
	if want := []string{"m{h=a} long 1 2"}; !slices.Equal(got.stored, want) {
		t.Errorf("got %q from the next request, want %q", got.stored, want)
	}
}

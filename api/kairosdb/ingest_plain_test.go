package kairosdb

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"aion/aggregators"
	writes "aion/storage/ingest"
)

// exactly makes a parser of a release that leaves the scanner out.
func exactly(r aggregators.Release) *ingestParser {
	p := parserOf(switches[r])
	p.exact = true
	return p
}

// narrow makes a parser that sees little of a body at a time and remembers few
// series.
func narrow(r aggregators.Release) *ingestParser {
	p := newIngestParser(switches[r], writes.Config{MaxBytes: 32 << 10, MaxSeries: 3})
	p.window = newWindow(2 * windowKeep)
	return p
}

// FuzzIngest holds the scanner to the exact reader: the same points, the same
// messages.
func FuzzIngest(f *testing.F) {
	for _, name := range []string{"testdata/ingest-1.3.jsonl", "testdata/ingest-develop.jsonl"} {
		for _, r := range readRecorded(f, name) {
			f.Add([]byte(r.Body), true)
		}
	}
	for _, body := range plainBodies {
		f.Add([]byte(body), false)
	}
	type reader struct{ exact, scanning, narrow *ingestParser }
	readers := map[bool]reader{}
	for old, r := range map[bool]aggregators.Release{true: aggregators.V13, false: aggregators.Develop} {
		readers[old] = reader{exactly(r), parserOf(switches[r]), narrow(r)}
	}
	f.Fuzz(func(t *testing.T, body []byte, old bool) {
		r := readers[old]
		want := ingested(t, r.exact, bytes.NewReader(body))
		if got := ingested(t, r.scanning, bytes.NewReader(body)); !got.equal(want) {
			t.Errorf("%q\n got %v\nwant %v", body, got, want)
		}
		if got := ingestedAgain(t, r.scanning, body); !got.equal(want) {
			t.Errorf("again: %q\n got %v\nwant %v", body, got, want)
		}
		if got := ingested(t, r.narrow, iotest.HalfReader(bytes.NewReader(body))); !got.equal(want) {
			t.Errorf("narrow: %q\n got %v\nwant %v", body, got, want)
		}
	})
}

// plainBodies are bodies that the scanner takes, wholly or nearly.
var plainBodies = []string{
	`[{"name":"m","timestamp":1,"value":2,"tags":{"h":"a"}}]`,
	`[{"name":"m","timestamp":1,"value":-2.50,"tags":{"h":"a","d":"b"}},{"tags":{"h":"a","d":"b"},"value":3.0e2,"timestamp":-5,"name":"m"}]`,
	"[ { \"name\" : \"m\" ,\n\t\"tags\" : { \"h\" : \"a\" , \"d\" : \"b\" } ,\r\n \"datapoints\" : [ [ 1 , 2 ] , [ 3 , 4.5 ] ] } , {\"name\":\"m\",\"tags\":{\"h\":\"a\"},\"timestamp\":7,\"value\":\"text\"} ] rest",
	`[{"name":"m","tags":{"h":"a"},"ttl":60,"type":"double","datapoints":[[1,2],[3,4.5]]}]`,
	`[{"name":"m","tags":{"h":"a"},"ttl":-1,"type":"long","datapoints":[[1,2],[3,4]]}]`,
	`[{"name":"m","tags":{"h":"a"},"type":"long","datapoints":[[1,2],[3,4.5]]}]`,
	`[{"name":"m","tags":{"h":"a"},"type":"string","datapoints":[[1,2],[3,4.5]]}]`,
	`[{"name":"m","tags":{"h":"a"},"datapoints":[]},{"name":"m","tags":{"h":"a"}}]`,
	`[{"name":"m","tags":{"h":"}"},"timestamp":1,"value":2},{"name":"m","tags":{"h":"},"},"timestamp":1,"value":3}]`,
	`[{"name":"m","tags":{"h":"a"},"timestamp":1,"value":2},{"name":"m","tags":{"h":"a}"},"timestamp":1,"value":3}]`,
	`[{"name":"m\"","tags":{"h":"\\"},"timestamp":1,"value":2}]`,
	`[{"name":"m","tags":{"h":"a","h":"b"},"timestamp":1,"value":2}]`,
	`[{"name":"m","tags":{},"timestamp":1,"value":2},{"name":"m","tags":{"":"a"},"timestamp":1,"value":2},{"name":"m","tags":{"h":""},"timestamp":1,"value":2}]`,
	`[{"name":"é😀","tags":{"h":"é"},"timestamp":1,"value":"é"},{"name":5}]`,
	"[{\"name\":\"\xff\",\"tags\":{\"h\":\"\xe2\x28\"},\"timestamp\":1,\"value\":\"\xf0\x9f\"}, 5]",
	`[{"name":"m","tags":{"h":"a"},"timestamp":1,"value":"12"},{"name":"m","tags":{"h":"a"},"timestamp":2,"value":"1.5"},{"name":"m","tags":{"h":"a"},"timestamp":3,"value":""}]`,
	`[{"name":"m","tags":{"h":"a"},"timestamp":01,"value":-0},{"name":"m","tags":{"h":"a"},"timestamp":1,"value":1e400}]`,
	`[{"name":"m","tags":{"h":"a"},"timestamp":1,"value":1.0e400},{"name":"m","tags":{"h":"a"},"timestamp":1,"value":0.0001e-400}]`,
	`[{"name":"m","tags":{"h":"a"},"timestamp":1,"value":-0.0},{"name":"m","tags":{"h":"a"},"timestamp":2,"value":0.1},{"name":"m","tags":{"h":"a"},"timestamp":3,"value":9007199254740993.0}]`,
	`[{"name":"m","tags":{"h":"a"},"timestamp":999999999999999999,"value":999999999999999999},{"name":"m","tags":{"h":"a"},"timestamp":1,"value":9999999999999999999}]`,
	`[{"name":"m","tags":{"h":"a"},"timestamp":1,"timestamp":2,"value":3}]`,
	`[{"name":"m","tags":{"h":"a"},"timestamp":1,"value":true},{"name":"m","tags":{"h":"a"},"timestamp":2,"value":false},{"name":"m","tags":{"h":"a"},"timestamp":1,"value":truex}]`,
	`[{"name":"m","tags":{"h":"a"},"timestamp":1,"type":"long","value":true}]`,
	`[{"name":"m","tags":{"h":"a"},"timestamp":1},{"name":"m","tags":{"h":"a"},"value":1}]`,
	`[{"name":"m","tags":{"h":"a"},"timestamp":1,"value":1.5f},{"name":"m","tags":{"h":"a"},"timestamp":1,"value":0.}]`,
	`[{"name":"m","tags":{"h":"a"},"timestamp":1,"value":5,"datapoints":[[1,6],[1,7.5],[1,8]]}]`,
	`[{"name":"m","tags":{"h":"a"},"timestamp":1,"value":2}`,
	`[{"name":"m","tags":{"h":"a"},"timestamp":1,"value":2},`,
	`[{"name":"m","tags":{"h":"a"},"timestamp":1,"value":2},{"name":"m","tags":{"h":"a"},"timestamp":1,"va`,
}

// TestScannerAgreesOnLongBodies mixes plain and odd objects into bodies of many
// windows.
func TestScannerAgreesOnLongBodies(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 4 {
		body := longBody(r)
		want := ingested(t, exactly(aggregators.Develop), strings.NewReader(body))
		readers := map[string]io.Reader{
			"whole": strings.NewReader(body), "halves": iotest.HalfReader(strings.NewReader(body)),
			"late end": iotest.DataErrReader(strings.NewReader(body)),
		}
		for name, reader := range readers {
			for _, p := range []*ingestParser{parserOf(switches[aggregators.Develop]), narrow(aggregators.Develop)} {
				if got := ingested(t, p, reader); !got.equal(want) {
					t.Fatalf("%s: got %.500v, want %.500v", name, got, want)
				}
				reader = strings.NewReader(body)
			}
		}
	}
}

// TestScannerLeavesTextsAlone is about numbers that turn out to be texts behind
// more data points than are read one by one.
func TestScannerLeavesTextsAlone(t *testing.T) {
	for _, kind := range []string{"string", "long", "double"} {
		for _, point := range []string{",[1,2.50]", ",[1,2]"} {
			body := func() io.Reader {
				return repeated(`[{"name":"m","tags":{"h":"a"},"datapoints":[[0,0]`, point, 5_000, `],"type":"`+kind+`"}]`)
			}
			want := ingested(t, exactly(aggregators.Develop), body())
			if got := ingested(t, parserOf(switches[aggregators.Develop]), body()); !got.equal(want) || len(got.stored) != 2 {
				t.Errorf("%s %s: got %v, want %v", kind, point, got, want)
			}
		}
	}
}

// longBody is an array of some hundred kilobytes, with an error at its end or
// not.
func longBody(r *rand.Rand) string {
	var b strings.Builder
	b.WriteByte('[')
	for i := range 200 {
		if i > 0 {
			b.WriteString([]string{",", " , ", ",\n"}[r.IntN(3)])
		}
		switch r.IntN(24) {
		case 0, 1, 2, 3:
			b.WriteString(strings.Trim(plainBodies[r.IntN(2)], "[]"))
		case 4, 5, 6:
			fmt.Fprintf(&b, `{"name":"m\u00e9","tags":{"h":"%d"},"timestamp":%d,"value":true}`, r.IntN(9), i)
		case 7, 8:
			fmt.Fprintf(&b, `{"name":"","tags":{"h":"%d"},"timestamp":%d,"value":1}`, r.IntN(9), i)
		case 9:
			fmt.Fprintf(&b, `{"name":"rows","tags":{"h":"%d"},"datapoints":[`, r.IntN(9))
			for j := range r.IntN(4000) {
				fmt.Fprintf(&b, "[%d,%d.%d],", j, r.IntN(100), r.IntN(3))
			}
			b.WriteString("[0,0]]}")
		default:
			fmt.Fprintf(&b, `{"name":"é%d","timestamp":%d,"value":%d,"tags":{"h":"%d","😀":"x"}}`, r.IntN(3), r.IntN(99), i, r.IntN(9))
		}
	}
	b.WriteString([]string{"]", "] ", "", ",]", ",5]", ",{\"name\":5.5,\"tags\":5}]"}[r.IntN(6)])
	return b.String()
}

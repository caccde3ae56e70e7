package transfer

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// TestMain finds goroutines that are not waited for.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// always is the choice of everything.
var always = Choice{Range: points.Always}

// pipe is a text as an input.
func pipe(t testing.TB, text string) *Input {
	t.Helper()
	in, err := NewInput(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// newStore is an empty store that is closed with the test.
func newStore(t testing.TB) storage.Store {
	t.Helper()
	store := storage.Checked(memory.New(memory.Config{}))
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// imported imports a text into a store.
func imported(t testing.TB, i Import) (storage.Store, Report) {
	t.Helper()
	store := newStore(t)
	i.To = store
	report, err := i.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return store, report
}

// exported is what a store's export is.
func exported(t testing.TB, e Export) string {
	t.Helper()
	var b bytes.Buffer
	e.To = NewOutput(&b, false)
	if _, err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sortedLines are the lines of a text in order.
func sortedLines(text string) []string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	slices.Sort(lines)
	return lines
}

// everyType is a line of each type, as an export has it.
const everyType = `{"name":"a","tags":{"dc":"x","host":"ä\"\\/\u2028\u0001"},"datapoints":[[-5,1,"long"],[1700000000000,-9223372036854775808,"long"]]}
{"name":"b","tags":{"host":"a"},"datapoints":[[1,5.5,"double"],[2,3,"double"],[3,-0.0,"double"],[4,0.1,"double"],[5,1e+300,"double"],[6,5e-324,"double"],[7,1.2345678901234567,"double"]]}
{"name":"c","tags":{"host":"a"},"datapoints":[[1,"text","string"],[2,"","string"],[3,"\u0000\n 😀","string"]]}
{"name":"d","tags":{"host":"a"},"datapoints":[[1,{"real":1.5,"imaginary":-2},"complex"]]}
{"name":"e","tags":{"host":"a"},"datapoints":[[1,null,"null"]]}
{"name":"f","tags":{"host":"a"},"datapoints":[[1,"AAH/","acme"]]}
{"name":"g","tags":{},"datapoints":[[1,1,"long"]]}
`

// TestRoundTrip takes every type in and out again.
func TestRoundTrip(t *testing.T) {
	store, report := imported(t, Import{From: pipe(t, everyType), Choice: always})
	if report.Points != 16 || report.Refused != 0 {
		t.Errorf("got %+v, want 16 points and none refused", report)
	}
	want := strings.ReplaceAll(everyType, `\u0000\n`, `\u0000\u000a`)
	if got := exported(t, Export{From: Stored(store), Choice: always}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestKairosExport takes in what a KairosDB 1.3.0 has exported: several types,
// and series that it cuts into rows.
func TestKairosExport(t *testing.T) {
	in, err := OpenInput(filepath.Join("testdata", "kairosdb-1.3.0.jsonl"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	store, report := imported(t, Import{From: in, Choice: always})
	if report.Points != 198 || report.Refused != 0 {
		t.Errorf("got %+v, want 198 points and none refused", report)
	}
	got := exported(t, Export{From: Stored(store), Choice: Choice{Metrics: []string{"exp.double", "exp.string"}, Range: points.Always}})
	want := []string{
		`{"name":"exp.double","tags":{"host":"a"},"datapoints":[[1700000000000,5.5,"double"],[1700000002000,3,"double"],[1700000003000,-0.0,"double"],` +
			`[1700000004000,0.1,"double"],[1700000006000,1.23456789125e+08,"double"],[1700000007000,5e-324,"double"],[1700000008000,9.007199254740992e+15,"double"]]}`,
		`{"name":"exp.double","tags":{"host":"a"},"datapoints":[[1700000001000,0,"long"],[1700000005000,0,"long"]]}`,
		`{"name":"exp.string","tags":{"host":"ä\"\\/ü</script>\u2028\u0001","t":"x y"},"datapoints":[[1700000000000,"text","string"],` +
			`[1700000001000,"uni ä\u000a\u0009\"\\ 😀 </b> \u0001\u007f\u0080\u2028","string"]]}`,
		`{"name":"exp.string","tags":{"host":"ä\"\\/ü</script>\u2028\u0001","t":"x y"},"datapoints":[[1700000002000,5,"long"]]}`,
	}
	slices.Sort(want)
	if got := sortedLines(got); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestImportForms takes in what is laid out otherwise.
func TestImportForms(t *testing.T) {
	long := strings.Repeat(`[1,1],`, 100_000) + `[2,2]`
	for _, tt := range []struct{ name, text, want string }{
		{"no types", `{"name":"m","tags":{"a":"b"},"datapoints":[[1,5],[2,5.0],[3,5e0],[4,"x"],[5,null],[6,true]]}`,
			`[[1,5,"long"]]|[[2,5,"double"],[3,5,"double"]]|[[4,"x","string"],[6,"true","string"]]|[[5,null,"null"]]`},
		{"a type of all", `{"name":"m","type":"double","tags":{"a":"b"},"datapoints":[[1,5],[2,5,"long"]]}`,
			`[[1,5,"double"]]|[[2,5,"long"]]`},
		{"numbers in quotes", `{"name":"m","tags":{"a":"b"},"datapoints":[["1","5","long"],[2,"5.5","double"],[3,7,"string"]]}`,
			`[[1,5,"long"]]|[[2,5.5,"double"]]|[[3,"7","string"]]`},
		{"one point", `{"name":"m","tags":{"a":"b"},"timestamp":1,"value":5}`, `[[1,5,"long"]]`},
		{"points first", `{"datapoints":[[1,5],[2,6]],"tags":{"a":"b"},"name":"m"}`, `[[1,5,"long"],[2,6,"long"]]`},
		{"an array over lines", "[{\"name\":\"m\",\n\"tags\":{\"a\":\"b\"} , \"datapoints\" : [ [ 1 , 5 ] ,\n[2,6]]},\n{\"name\":\"m\",\"tags\":{\"a\":\"b\"},\"datapoints\":[[3,7]]}]",
			`[[1,5,"long"],[2,6,"long"],[3,7,"long"]]`},
		{"unknown members", `{"name":"m","x":{"y":[1,"]"]},"tags":{"a":"b"},"datapoints":[[1,5]],"z":null}`, `[[1,5,"long"]]`},
		{"a long line", `{"name":"m","tags":{"a":"b"},"datapoints":[` + long + `]}`, `[[1,1,"long"],[2,2,"long"]]`},
		{"the last one counts", "{\"name\":\"m\",\"tags\":{\"a\":\"b\"},\"datapoints\":[[1,5],[1,6]]}\n{\"name\":\"m\",\"tags\":{\"a\":\"b\"},\"datapoints\":[[1,7]]}",
			`[[1,7,"long"]]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store, report := imported(t, Import{From: pipe(t, tt.text), Choice: always})
			if report.Refused != 0 {
				t.Errorf("got refused: %v", report.Problems)
			}
			want := strings.Split(tt.want, "|")
			for i := range want {
				want[i] = `{"name":"m","tags":{"a":"b"},"datapoints":` + want[i] + `}`
			}
			slices.Sort(want)
			if got := sortedLines(exported(t, Export{From: Stored(store), Choice: always})); !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// TestImportRefuses counts what is not stored and stores the rest.
func TestImportRefuses(t *testing.T) {
	const head, good = `{"name":"m","tags":{"a":"b"},"datapoints":[`, `[9,9,"long"]]}`
	for _, tt := range []struct{ text, want string }{
		{head + `[1,NaN,"double"],` + good, "line 1: m: NaN and infinity are not stored"},
		{head + `[1,"Infinity","double"],` + good, "line 1: m: NaN and infinity are not stored"},
		{head + `[1,1e999,"double"],` + good, "line 1: m: NaN and infinity are not stored"},
		{head + `[1,5.5,"long"],` + good, `line 1: m: "5.5" is no long`},
		{head + `[1,"x","double"],` + good, `line 1: m: "x" is no number`},
		{head + `[1,"x","acme"],` + good, `line 1: m: a value of the type "acme" is given as base64`},
		{head + `[1,5,"complex"],` + good, "line 1: m: it is no complex number"},
		{head + `["x",5,"long"],` + good, "line 1: m: its time is no whole number of milliseconds"},
		{"{\nx\n" + head + good, "line 2: got 'x' where '\"' must be"},
		{"no JSON\n" + head + good, "line 1: got 'n' where '{' must be"},
		{head + `[1,1,"lo` + "\n" + head + good, "line 1: a text holds the control character 0x0a"},
		{`{"name":"m","tags":{"a":""},"datapoints":[[1,1]]}` + "\n" + head + good, `line 1: the tag "a=" has no name or value`},
		{`{"tags":{"a":"b"},"datapoints":[[1,1]]}` + "\n" + head + good, "line 1: the object has no name"},
		{head + good + "\n" + head + `[1,5`, "line 2: it ends too early"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			store, report := imported(t, Import{From: pipe(t, tt.text), Choice: always})
			if report.Refused != 1 || len(report.Problems) != 1 || report.Problems[0].String() != tt.want {
				t.Errorf("got %+v, want one problem: %s", report, tt.want)
			}
			if got := exported(t, Export{From: Stored(store), Choice: always}); !strings.Contains(got, `[9,9,"long"]`) {
				t.Errorf("got %s, want the good point stored", got)
			}
		})
	}
}

// TestImportPassesTooLongNames: points whose series no store takes are counted,
// and all others stored, of the same file and of the same object.
func TestImportPassesTooLongNames(t *testing.T) {
	long := strings.Repeat("x", points.MaxKey)
	// With the tag's value the key of a long has just room, and that of a double not.
	edge := strings.Repeat("e", points.MaxKey-len(points.TypeLong)-25)
	for _, tt := range []struct {
		text, why string
		table     bool
		refused   int64
		stored    int64
	}{
		{`{"name":"m","tags":{"a":"` + long + `"},"datapoints":[[1,1],[2,1.5],[3,"three"]]}`, "line 1: m: metric and tags of ", false, 3, 1},
		{`{"name":"` + long + `","tags":{"a":"b"},"datapoints":[[1,1]]}`, "line 1: " + strings.Repeat("x", 200) + "…: metric and tags of ", false, 1, 1},
		{`{"datapoints":[[1,1]],"tags":{"a":"b"},"name":"` + long + `"}`, "line 1: " + strings.Repeat("x", 200) + "…: metric and tags of ", false, 1, 1},
		{`{"name":"m","tags":{"a":"` + edge + `"},"datapoints":[[1,1],[2,1.5]]}`, "line 1: m: metric and tags of ", false, 1, 2},
		{"metric,time,value,tag.a\nm,1,1," + long + "\nm,9,9,b\n", "line 2: metric and tags of ", true, 1, 1},
	} {
		i := Import{From: pipe(t, tt.text+"\n"+`{"name":"m","tags":{"a":"b"},"datapoints":[[9,9,"long"]]}`), Choice: always}
		if tt.table {
			i.From, i.Format = pipe(t, tt.text), CSV
		}
		store, report := imported(t, i)
		if report.Refused != tt.refused || report.Points != tt.stored || len(report.Problems) != 1 || !strings.HasPrefix(report.Problems[0].String(), tt.why) {
			t.Errorf("got %d refused, %d stored and %.300v, want %d refused: %s, and %d stored", report.Refused, report.Points, report.Problems, tt.refused, tt.why, tt.stored)
		}
		if got := exported(t, Export{From: Stored(store), Choice: always}); !strings.Contains(got, `[9,9,"long"]`) {
			t.Errorf("got %.300s, want the good point stored", got)
		}
	}
}

// TestImportOfAnotherKind ends soon where nothing can be read.
func TestImportOfAnotherKind(t *testing.T) {
	text := strings.Repeat("a,b,c\n", 1000)
	store := memory.New(memory.Config{})
	i := Import{From: pipe(t, text), To: store, Choice: always}
	report, err := i.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), ErrForeign.Error()) || report.Refused != maxBadLines {
		t.Errorf("got %v and %d lines refused, want %v after %d", err, report.Refused, ErrForeign, maxBadLines)
	}
}

// TestChoice takes some metrics and some times, on the way in and out.
func TestChoice(t *testing.T) {
	choice := Choice{Metrics: []string{"b", "e*", "x*y*"}, Except: []string{"*z"}, Range: points.Range{From: 1, To: 2}}
	store, report := imported(t, Import{From: pipe(t, everyType), Choice: choice})
	if report.Points != 3 {
		t.Errorf("got %+v, want 3 points", report)
	}
	all, _ := imported(t, Import{From: pipe(t, everyType), Choice: always})
	got, want := exported(t, Export{From: Stored(all), Choice: choice}), exported(t, Export{From: Stored(store), Choice: always})
	if got != want || !strings.Contains(got, `[2,3,"double"]]`) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for name, want := range map[string]bool{"b": true, "bb": false, "ez": false, "e": true, "xy": true, "x1y": true, "x1yz": false, "x": false} {
		if got := choice.Takes(name); got != want {
			t.Errorf("%s: got %t, want %t", name, got, want)
		}
	}
}

// TestResumeImport ends an import in the middle and goes on with another one,
// packed and not.
func TestResumeImport(t *testing.T) {
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "{\"name\":\"m\",\"tags\":{\"a\":\"%d\"},\"datapoints\":[[%d,%d,\"long\"]]}\n", i%100, i, i)
	}
	for _, packed := range []bool{false, true} {
		t.Run(fmt.Sprintf("packed=%t", packed), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x")
			if err := os.WriteFile(path, body(t, text.String(), packed), 0o600); err != nil {
				t.Fatal(err)
			}
			store := memory.New(memory.Config{})
			var at Position
			interrupted, cancel := context.WithCancel(t.Context())
			defer cancel()
			part, err := importFile(interrupted, t, path, Import{To: store, Batch: 64 << 10, Stored: func(p Position) {
				at = p
				cancel()
			}})
			if err == nil || at.Offset == 0 || at.Line == 0 || part.Points == 20_000 {
				t.Fatalf("got %+v, %v at %+v, want an end in the middle", part, err, at)
			}
			whole, err := importFile(t.Context(), t, path, Import{To: store, Start: at})
			if err != nil || whole.Points != 20_000 {
				t.Errorf("got %+v, %v, want 20,000 points in all", whole, err)
			}
			if got := strings.Count(exported(t, Export{From: Stored(store), Choice: always}), `"long"`); got != 20_000 {
				t.Errorf("got %d points stored, want 20,000", got)
			}
		})
	}
}

// importFile imports a file from i.Start on.
func importFile(ctx context.Context, t *testing.T, path string, i Import) (Report, error) {
	t.Helper()
	in, err := OpenInput(path, i.Start.Offset)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	i.From, i.Choice = in, always
	return i.Run(ctx)
}

// body is a text, packed or not.
func body(t *testing.T, text string, packed bool) []byte {
	t.Helper()
	if !packed {
		return []byte(text)
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPosition writes and reads positions.
func TestPosition(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p")
	if p, err := ReadPosition(path); err != nil || p.Offset != 0 {
		t.Errorf("got %+v, %v, want the beginning", p, err)
	}
	want := Position{Offset: 7, Metric: "m\n", Begun: true, Points: 3}
	for range 2 {
		if err := WritePosition(path, want); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := ReadPosition(path); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// commandLine runs a command and answers its exit code, stdout and stderr.
func commandLine(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(ctx, args, env(nil), &out, &err)
	return code, out.String(), err.String()
}

// exportLines has points of every type that a KairosDB takes, some thousands of
// them, in lines.
func exportLines() []string {
	lines := []string{
		`{"name":"t.long","tags":{"host":"a"},"datapoints":[[-5000,7,"long"],[1700000000000,-9223372036854775808,"long"]]}`,
		`{"name":"t.double","tags":{"host":"a"},"datapoints":[[1700000000000,5.5,"double"],[1700000001000,0.1,"double"]]}`,
		`{"name":"t.text","tags":{"host":"ä \"b\""},"datapoints":[[1700000000000,"x\\y 😀","string"]]}`,
	}
	for host := range 20 {
		var points []string
		for i := range 200 {
			points = append(points, fmt.Sprintf(`[%d,%d.5,"double"]`, 1700000000000+i*86_400_000, i*host))
		}
		lines = append(lines, fmt.Sprintf(`{"name":"t.many","tags":{"dc":"x","host":"h%02d"},"datapoints":[%s]}`, host, strings.Join(points, ",")))
	}
	slices.Sort(lines)
	return lines
}

// linesOf are the lines of an export, sorted.
func linesOf(text string) []string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	slices.Sort(lines)
	return lines
}

// TestMoveThroughFiles takes points into a folder, out again packed, into another
// one, and through a server by HTTP in both directions.
func TestMoveThroughFiles(t *testing.T) {
	dir := t.TempDir()
	file, packed := filepath.Join(dir, "x.json"), filepath.Join(dir, "y.json.gz")
	want := exportLines()
	if err := os.WriteFile(file, []byte(strings.Join(want, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "--storage=memory")
	for _, args := range [][]string{
		{"import", "--data.dir=" + filepath.Join(dir, "one"), file},
		{"export", "--data.dir=" + filepath.Join(dir, "one"), packed},
		{"import", "--target=http://" + s.address, packed},
		{"export", "--target=http://" + s.address, filepath.Join(dir, "z.json")},
		{"import", "--data.dir=" + filepath.Join(dir, "two"), filepath.Join(dir, "z.json")},
	} {
		if code, out, err := commandLine(t.Context(), args...); code != exitWell {
			t.Fatalf("%v: got %d, %s%s, want %d", args, code, out, err, exitWell)
		}
	}
	code, got, _ := commandLine(t.Context(), "export", "--data.dir="+filepath.Join(dir, "two"))
	if code != exitWell || !slices.Equal(linesOf(got), want) {
		t.Errorf("got %d and\n%.2000s\nwant\n%.2000s", code, got, strings.Join(want, "\n"))
	}
}

// TestImportTells what is refused, what fails and what is a mistake, by its exit
// code and in words.
func TestImportTells(t *testing.T) {
	whole(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s := start(t, "--storage=memory")
	partly := write("partly.json", `{"name":"m","tags":{"a":"b"},"datapoints":[[1,NaN,"double"],[2,"AAH/","acme"],[3,7,"long"]]}`)
	table := write("t.csv", "when,host,v\n5,a,7\nx,a,8\n")
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--data.dir=" + dir + "/d", partly}, exitPartly, "imported 2 points"},
		{[]string{"--target=http://" + s.address, partly}, exitPartly, "Unregistered data point type 'acme'"},
		{[]string{"--target=http://" + s.address, "--columns=time=when,value=v,tag.host=host,metric='m'", table}, exitPartly, `refused: line 3: "x" is no time in ms`},
		{[]string{"--target=http://" + s.address, table}, exitUsage, "no column is the time"},
		{[]string{"--target=http://" + s.address, "--format=json", table}, exitPartly, "imported 0 points"},
		{[]string{"--target=http://127.0.0.1:1", "--retry=0s", partly}, exitFailed, "the store is not available"},
		{[]string{"--target=ftp://x", partly}, exitUsage, "--target"},
		{[]string{"--separator=ab", partly}, exitUsage, "--separator"},
		{[]string{"--columns=x", partly}, exitUsage, "--columns"},
		{[]string{"--from=yesterday", partly}, exitUsage, "--from"},
		{[]string{"--data.dir=" + dir + "/d", dir + "/none"}, exitUsage, "no such file"},
		{[]string{"--resume", "-"}, exitUsage, "--resume"},
	} {
		code, out, err := commandLine(t.Context(), append([]string{"import"}, tt.args...)...)
		if code != tt.code || !strings.Contains(out+err, tt.want) {
			t.Errorf("%v: got %d and %s%s, want %d and %s", tt.args, code, out, err, tt.code, tt.want)
		}
	}
	if code, _, err := commandLine(t.Context(), "export", "--data.dir="+dir+"/none"); code != exitUsage {
		t.Errorf("got %d and %s for a folder that is not there, want %d", code, err, exitUsage)
	}
	if status, answer := s.ask(t, http.MethodPost, "/api/v1/datapoints/query", `{"start_absolute":0,"metrics":[{"name":"m"}]}`); status != http.StatusOK ||
		!strings.Contains(answer, `[3,7]`) || !strings.Contains(answer, `[5,7]`) {
		t.Errorf("got %d %s, want what was not refused", status, answer)
	}
}

// TestTransferKeepsSecrets names a server by an address with a key in it, one that
// is wrong, one that leads nowhere and one that takes no such key: of the key
// nothing but its id is printed.
func TestTransferKeepsSecrets(t *testing.T) {
	whole(t)
	const secret = "s3cr3t"
	from, to := filepath.Join(t.TempDir(), "x.json"), filepath.Join(t.TempDir(), "y.json")
	if err := os.WriteFile(from, []byte(exportLines()[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "--storage=memory", "--auth.mode=required")
	for _, tt := range []struct {
		target string
		code   int
		want   string
	}{
		{"ftp://id:" + secret + "@h", exitUsage, `got "ftp://id:xxxxx@h"`},
		{"http://id:%zz" + secret + "@h", exitUsage, "something that is no address"},
		{"id:" + secret + "@h:8080", exitUsage, "something that is no address"},
		{"http:/id:" + secret + "@h", exitUsage, "something that is no address"},
		{"http://id:" + secret + "@127.0.0.1:1", exitFailed, "connection refused"},
		{"http://id:" + secret + "@" + s.address, exitFailed, "answers 401"},
	} {
		for _, args := range [][]string{{"import", "--retry=0s", from}, {"export", to}} {
			code, out, told := commandLine(t.Context(), append(args, "--target="+tt.target)...)
			if code != tt.code || !strings.Contains(out+told, tt.want) || strings.Contains(out+told, secret) {
				t.Errorf("%v: got %d and %s%s, want %d, %s and no secret", append(args, tt.target), code, out, told, tt.code, tt.want)
			}
		}
	}
}

// TestImportGoesOn is refused by a server in the middle of a file, and goes on
// there with another one.
func TestImportGoesOn(t *testing.T) {
	whole(t)
	const total, firstBatch = 600_000, 8 // requests, or less
	dir := t.TempDir()
	var text strings.Builder
	for i := range total / 5 {
		fmt.Fprintf(&text, `{"name":"m","tags":{"a":"%d"},"datapoints":[`, i%10)
		for j := range 5 {
			fmt.Fprintf(&text, `%s[%d,%d,"long"]`, strings.Repeat(",", min(j, 1)), 5*i+j, i)
		}
		text.WriteString("]}\n")
	}
	file := filepath.Join(dir, "x.json")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var answers atomic.Int64
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		w.WriteHeader(map[bool]int{true: http.StatusNoContent, false: http.StatusInternalServerError}[answers.Add(1) <= firstBatch])
	}))
	defer busy.Close()
	code, out, told := commandLine(t.Context(), "import", "--target="+busy.URL, "--resume", file)
	if code != exitFailed || !strings.Contains(told, "the same command goes on from "+file+".position") {
		t.Fatalf("got %d, %s%s, want a failure to go on from", code, out, told)
	}
	s := start(t, "--storage=memory")
	code, out, told = commandLine(t.Context(), "import", "--target=http://"+s.address, "--resume", file)
	if code != exitWell || !strings.Contains(out, fmt.Sprintf("imported %d points", total)) {
		t.Errorf("got %d, %s%s, want %d points in all", code, out, told, total)
	}
	query := `{"start_absolute":0,"metrics":[{"name":"m","aggregators":[{"name":"count","sampling":{"value":1,"unit":"years"}}]}]}`
	_, answer := s.ask(t, http.MethodPost, "/api/v1/datapoints/query", query)
	var size int
	if _, after, ok := strings.Cut(answer, `"sample_size":`); ok {
		if _, err := fmt.Sscanf(after, "%d", &size); err != nil {
			t.Error(err)
		}
	}
	if size == 0 || size >= total {
		t.Errorf("got %s, want the rest of the points alone", answer)
	}
}

// TestExportGoesOn writes a file, is cut off, and goes on where it was.
func TestExportGoesOn(t *testing.T) {
	whole(t)
	dir := t.TempDir()
	data, file := "--data.dir="+filepath.Join(dir, "d"), filepath.Join(dir, "x.json.gz")
	in := filepath.Join(dir, "in.json")
	if err := os.WriteFile(in, []byte(strings.Join(exportLines(), "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"import", data, in}, {"export", data, "--metrics=t.double,t.long", file}} {
		if code, _, err := commandLine(t.Context(), args...); code != exitWell {
			t.Fatalf("%v: got %d and %s", args, code, err)
		}
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	position := fmt.Sprintf(`{"offset":%d,"metric":"t.long","begun":true,"points":4,"series":2}`, info.Size())
	if err := os.WriteFile(file+".position", []byte(position), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file, file+".part"); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(file+".part", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("half a line"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	code, _, told := commandLine(t.Context(), "export", data, "--resume", file)
	if code != exitWell || !strings.Contains(told, "exported 4005 points of 23 series") {
		t.Errorf("got %d and %s, want the rest", code, told)
	}
	if got := linesOf(unpackedFile(t, file)); !slices.Equal(got, exportLines()) {
		t.Errorf("got %d lines, want those of the whole", len(got))
	}
	if _, err := os.Stat(file + ".position"); !os.IsNotExist(err) {
		t.Errorf("got %v, want the position gone", err)
	}
}

// unpackedFile is what a packed file holds.
func unpackedFile(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// BenchmarkImportFile brings a file of a million points into the embedded
// engine.
func BenchmarkImportFile(b *testing.B) {
	const series, points = 500, 2000
	var text bytes.Buffer
	for i := range series {
		fmt.Fprintf(&text, `{"name":"sensor.temperature","tags":{"device":"d%04d","site":"s%02d"},"datapoints":[`, i, i%20)
		for j := range points {
			fmt.Fprintf(&text, `%s[%d,%d.%02d,"double"]`, ","[:min(j, 1)], 1700000000000+j*10_000, 20+j%5, (i*j)%100)
		}
		text.WriteString("]}\n")
	}
	file := filepath.Join(b.TempDir(), "x.json")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if code, out, err := commandLine(b.Context(), "import", "--data.dir="+b.TempDir(), file); code != exitWell {
			b.Fatalf("got %d, %s%s", code, out, err)
		}
	}
	b.ReportMetric(float64(b.N*series*points)/b.Elapsed().Seconds(), "points/s")
}

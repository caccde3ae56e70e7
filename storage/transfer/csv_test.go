package transfer

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"aion/storage/memory"
)

// columns parses a map of columns.
func columns(t *testing.T, texts ...string) []Column {
	t.Helper()
	var list []Column
	for _, text := range texts {
		c, err := ParseColumn(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

// TestTable takes CSV of several layouts in.
func TestTable(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		table      Table
		want       string
	}{
		{"as exported", "metric,time,value,type,tag.host\nm,1,5,long,a\nm,2,5,double,a\nm,3,5,string,a\nm,4,,string,a\nm,5,null,null,\n", Table{},
			`{"name":"m","tags":{"host":"a"},"datapoints":[[1,5,"long"]]}|{"name":"m","tags":{"host":"a"},"datapoints":[[2,5,"double"]]}|` +
				`{"name":"m","tags":{"host":"a"},"datapoints":[[3,"5","string"],[4,"","string"]]}|{"name":"m","tags":{},"datapoints":[[5,null,"null"]]}`},
		{"a wide table", "\ufeffwhen;device;temp;hum\n1970-01-01T00:00:01Z;d1;20.5;40\n1970-01-01T00:00:02+00:00;d2;;41\n",
			Table{Columns: columns(t, "time=when", "tag.device=device", "value.temperature=temp", "value.humidity=hum", "tag.site='lab'"), Separator: ';', Times: "rfc3339"},
			`{"name":"humidity","tags":{"device":"d1","site":"lab"},"datapoints":[[1000,40,"long"]]}|` +
				`{"name":"humidity","tags":{"device":"d2","site":"lab"},"datapoints":[[2000,41,"long"]]}|` +
				`{"name":"temperature","tags":{"device":"d1","site":"lab"},"datapoints":[[1000,20.5,"double"]]}`},
		{"no heading", "1.5,x\n2,\"y\n,\"\n", Table{Columns: columns(t, "time=#1", "value=#2", "metric='m'"), Headless: true, Times: "s"},
			`{"name":"m","tags":{},"datapoints":[[1500,"x","string"],[2000,"y\u000a,","string"]]}`},
		{"a life", "m,t,v,l\nm,1000000,7,60\n", Table{Columns: columns(t, "time=t", "value=v", "metric=m", "ttl=l"), Times: "us"},
			`{"name":"m","tags":{},"datapoints":[[1000,7,"long"]]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store, report := imported(t, Import{From: pipe(t, tt.text), Format: CSV, Table: tt.table, Choice: always})
			if report.Refused != 0 {
				t.Errorf("got refused: %v", report.Problems)
			}
			got := sortedLines(exported(t, Export{From: Stored(store), Choice: always}))
			if want := strings.Split(tt.want, "|"); !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// TestTableRefuses counts rows that hold no point.
func TestTableRefuses(t *testing.T) {
	const text = "metric,time,value,type\nm,x,1,\n,2,1,\nm,3,x,long\nm,4,NaN,\nm,5,1,complex\nm,6,1,\n"
	_, report := imported(t, Import{From: pipe(t, text), Format: CSV, Choice: always})
	want := []string{
		`line 2: "x" is no time in ms`, "line 3: it has no metric", `line 4: "x" is no long`,
		"line 5: NaN and infinity are not stored", "line 6: a complex number has no form in CSV",
	}
	var got []string
	for _, p := range report.Problems {
		got = append(got, p.String())
	}
	if !slices.Equal(got, want) || report.Points != 1 {
		t.Errorf("got %d points and\n%s\nwant 1 and\n%s", report.Points, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestTableIncomplete refuses maps and headings that name no points.
func TestTableIncomplete(t *testing.T) {
	for _, tt := range []struct {
		heading string
		columns []Column
		want    string
	}{
		{"a,b,c", nil, "no column is the time"},
		{"time,metric", nil, "no column is a value"},
		{"time,value", nil, "no column is the metric"},
		{"time,value,metric", columns(t, "time=when"), `there is no column "when" for time`},
		{"t,a,b", columns(t, "time=t", "value.m=a", "tag.x=a", "tag.x=b"), `two columns are the tag "x"`},
	} {
		i := Import{From: pipe(t, tt.heading+"\n1,2,3\n"), Format: CSV, Table: Table{Columns: tt.columns}, To: memory.New(memory.Config{}), Choice: always}
		if _, err := i.Run(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.heading, err, tt.want)
		}
	}
	for _, text := range []string{"", "time", "time=", "x=y", "tag.=y", "value.=y"} {
		if _, err := ParseColumn(text); err == nil {
			t.Errorf("%q: got no error, want one", text)
		}
	}
}

// TestExportTable writes CSV.
func TestExportTable(t *testing.T) {
	store, _ := imported(t, Import{From: pipe(t, everyType), Choice: Choice{Metrics: []string{"b", "c", "d", "e", "f", "g"}, Range: always.Range}})
	only := func(metrics ...string) Choice { return Choice{Metrics: metrics, Range: always.Range} }
	for _, tt := range []struct {
		table  Table
		choice Choice
		want   string
	}{
		{Table{}, only("d", "e", "f", "g"), "metric,time,value,type,tag.host\nd,1,\"{\"\"real\"\":1.5,\"\"imaginary\"\":-2}\",complex,a\n" +
			"e,1,null,null,a\nf,1,AAH/,acme,a\ng,1,1,long,\n"},
		{Table{Columns: columns(t, "time=when", "value=v", "metric='x'"), Times: "rfc3339", Separator: ';'}, only("g"), "when;v;metric\n1970-01-01T00:00:00.001Z;1;x\n"},
		{Table{Columns: columns(t, "time=t", "value=v"), Headless: true}, only("c"), "1,text\n2,\n3,\"\x00\n 😀\"\n"},
	} {
		if got := exported(t, Export{From: Stored(store), Format: CSV, Table: tt.table, Choice: tt.choice}); got != tt.want {
			t.Errorf("got\n%s\nwant\n%s", got, tt.want)
		}
	}
	e := Export{From: Stored(store), Format: CSV, Table: Table{Columns: columns(t, "ttl=x")}, Choice: always, To: NewOutput(&bytes.Buffer{}, false)}
	if _, err := e.Run(t.Context()); err == nil {
		t.Error("got no error for a column that an export does not have, want one")
	}
}

// TestResumeTable goes on with a table whose heading is gone.
func TestResumeTable(t *testing.T) {
	const text = "metric,time,value\nm,1,1\nm,2,x\nm,3,3\n"
	var last Position
	imported(t, Import{From: pipe(t, text), Format: CSV, Choice: always, Stored: func(p Position) { last = p }})
	if last.Offset != int64(len(text)) || last.Line != 5 || last.Points != 3 || len(last.Heading) != 3 {
		t.Errorf("got %+v, want the end, line 5, with the heading", last)
	}
	const more = "m,4,4\nm,x,5\n"
	_, report := imported(t, Import{From: pipe(t, more), Format: CSV, Choice: always, Start: last})
	if report.Points != 4 || len(report.Problems) != 1 || report.Problems[0].Line != 6 {
		t.Errorf("got %+v, want 4 points in all and line 6 refused", report)
	}
}

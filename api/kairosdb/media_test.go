package kairosdb

import (
	"net/http"
	"strings"
	"testing"

	"aion/aggregators"
)

// TestAccept compares with what KairosDB 1.3.0 answered to these headers.
func TestAccept(t *testing.T) {
	for text, want := range map[string]int{
		"*/*": 200, "application/json": 200, "Application/Json": 200, "": 200, "*": 200, "*;q=.2": 200, "*/json": 200,
		"*/x": 200, "application/*": 200, "application": 200, "application/json,": 200, "application/json;": 200,
		"application/json;;": 200, "application/json ;a=b": 200, `application/json;a="b"`: 200, "application/json, bogus": 200,
		"text/html;q=1, */*;q=0.1": 200,

		"text/html": 406, "bogus": 406, "application/*+json": 406, "text/html,text/*": 406,

		`"`: 400, ";": 400, "/": 400, "application/": 400, "/json": 400, "a/b/c": 400, ", application/json": 400,
		"application/json,,text/html": 400, "application/json text/html": 400, "application/ json": 400,
		"application /json": 400, "application/json;a": 400, "application/json;a=": 400, "application/json;=b": 400,
		`application/json;a="b`: 400, "application/json;a=b c": 400, "application/json;a= b": 400,
		"(c) application/json": 400, "application/json (c)": 400, "appli@cation/json": 400,

		"application/json;q=0": 200, "application/json;Q=0": 200, "application/json;q=0.": 200, "application/json;q=.5": 200,
		`application/json;q="0.5"`: 200, "application/json;q=1.000": 200, "application/json;q=0.123": 200,
		"application/json;q=1.0001": 400, "application/json;q=0.1234": 400, "application/json;q=1.1": 400,
		"application/json;q=2": 400, "application/json;q=-1": 400, "application/json;q=x": 400, "application/json;q=": 400,
		"application/json;q=1e0": 400, "application/json;q=.": 400, "text/html;q=x, application/json": 400,
	} {
		got := 406
		chosen, readable := preferred(http.Header{"Accept": {text}}, mediaJSON)
		switch {
		case !readable:
			got = 400
		case chosen != "":
			got = 200
		}
		if got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

// TestContentType compares with what KairosDB 1.3.0 took.
func TestContentType(t *testing.T) {
	for text, want := range map[string]string{
		"application/json": "application/json", "Application/GZIP": "application/gzip", "*/*": "*/*", "*/json": "*/json",
		"application/json;": "application/json", "application/json;;": "application/json", "a/b ; c=d;": "a/b c=d",
		`a/b; C="d\"e;"`: `a/b c=d"e;`, "text/plain;q=x": "text/plain q=x",

		"": "", "bogus": "", "*": "", "/": "", "application/": "", "/json": "", "a/b/c": "", "application/json;a": "",
		"application/json;charset=": "", "application/json, text/plain": "", "application/json,": "", ",application/json": "",
		"application /json": "", "application/json ; charset = utf-8": "", "application/json x": "", "äpplication/json": "",
		"application/json;a=b,c": "", ";": "",
	} {
		got := ""
		if m, ok := contentType(http.Header{"Content-Type": {text}}); ok {
			got = m.kind + "/" + m.sub
			for name, value := range m.parameters {
				got += " " + name + "=" + value
			}
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// FuzzHeaderText shows that no header breaks the reader.
func FuzzHeaderText(f *testing.F) {
	for _, text := range []string{"", "a/b;c=\"d\\", "*;q=.2,", "application/json; charset=utf-8, x/y"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h := http.Header{"Accept": {text}, "Content-Type": {text}}
		if chosen, readable := preferred(h, mediaJSON); chosen != "" && !readable {
			t.Errorf("%q is accepted and cannot be read", text)
		}
		if m, ok := contentType(h); ok && (m.kind == "" || m.sub == "") {
			t.Errorf("%q is taken as %+v", text, m)
		}
	})
}

// TestCharsets shows that a body of one byte a character is understood.
func TestCharsets(t *testing.T) {
	p := filled(t, Config{Release: aggregators.V13})
	for _, tt := range []struct{ charset, name, want string }{
		{"utf-8", "\u00e9", "\u00e9"},
		{"ISO-8859-1", "\xe9", "\u00e9"},
		{`"latin1"`, "\xe9", "\u00e9"},
		{"us-ascii", "a\xe9", "a\ufffd"},
		{"windows-1252", "\x8e\xe9\x8d", "\u017d\u00e9\ufffd"},
		{"bogus", "\u00e9", "\u00e9"},
	} {
		body := `{"start_absolute":1,"metrics":[{"name":"` + tt.name + `"}]}`
		got := call(t, p, "POST", "/api/v1/datapoints/query", body, "Content-Type: application/json; charset="+tt.charset)
		if want := `"name":"` + tt.want + `"`; !strings.Contains(got.body, want) {
			t.Errorf("%s: got %s, want %s in it", tt.charset, got.body, want)
		}
	}
}

package kairosdb

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestCheckOriginal compares with what a KairosDB 1.3.0 answered that gives
// queries back.
func TestCheckOriginal(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`{"start_absolute":1,"start_absolute":2,"metrics":[{"name":"m"}]}`, `Duplicate key "start_absolute" at 37 [character 38 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":{"a":1,"a":2}}`, `Duplicate key "a" at 60 [character 61 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m","name":"n"}]}`, `Duplicate key "name" at 50 [character 51 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"cache_time":1,"cache_time":2}`, `Duplicate key "cache_time" at 73 [character 74 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}]`, `Expected a ',' or '}' at 44 [character 45 line 1]`},
		{`{"start_absolute":1,,"metrics":[{"name":"m"}]}`, `Missing value at 20 [character 21 line 1]`},
		{`{"start_absolute" 1,"metrics":[{"name":"m"}]}`, `Expected a ':' after a key at 19 [character 20 line 1]`},
		{`{"start_absolute":1 "metrics":[{"name":"m"}]}`, `Expected a ',' or '}' at 21 [character 22 line 1]`},
		{`{"start_absolute":,"metrics":[{"name":"m"}]}`, `Missing value at 18 [character 19 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}`, `Expected a ',' or ']' at 43 [character 44 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"]}`, `Expected a ',' or '}' at 43 [character 44 line 1]`},
		{`{"start_absolute"=>1,"metrics":[{"name":"m"}]}`, `Expected a ':' after a key at 18 [character 19 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":"unterminated}`, `Unterminated string at 63 [character 64 line 1]`},
		{"{\"start_absolute\":1,\"metrics\":[{\"name\":\"m\"}],\"x\":\"a\nb\"}", `Unterminated string at 52 [character 0 line 2]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":"\u12"}`, `Illegal escape. at 56 [character 57 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":"\q"}`, `Illegal escape. at 52 [character 53 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":[1;2]}`, `Expected a ',' or ']' at 52 [character 53 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":[}`, `Missing value at 50 [character 51 line 1]`},
		{`{`, `A JSONObject text must end with '}' at 1 [character 2 line 1]`},
		{`{"a"`, `Expected a ':' after a key at 4 [character 5 line 1]`},
		{`{"a":`, `Missing value at 4 [character 5 line 1]`},
		{`null`, `A JSONObject text must begin with '{' at 1 [character 2 line 1]`},
		{`"x"`, `A JSONObject text must begin with '{' at 1 [character 2 line 1]`},
		{`7`, `A JSONObject text must begin with '{' at 1 [character 2 line 1]`},
		{"// c\n{\"start_absolute\":1,\"metrics\":[{\"name\":\"m\"}]}", `A JSONObject text must begin with '{' at 1 [character 2 line 1]`},
		{"\ufeff{\"start_absolute\":1,\"metrics\":[{\"name\":\"m\"}]}", `A JSONObject text must begin with '{' at 1 [character 2 line 1]`},
		{`{/*c*/"start_absolute":1,"metrics":[{"name":"m"}]}`, `Missing value at 1 [character 2 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":[1`, `Expected a ',' or ']' at 51 [character 52 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":[1,`, `Expected a ',' or ']' at 52 [character 53 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":[`, `Expected a ',' or ']' at 50 [character 51 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],`, `Missing value at 44 [character 45 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":"\`, `Illegal escape. at 51 [character 52 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":"\u12`, `Substring bounds error at 54 [character 55 line 1]`},
		{"{\"start_absolute\":1,\n\"x\":1,\r\n\"x\":2,\"metrics\":[{\"name\":\"m\"}]}", `Duplicate key "x" at 33 [character 4 line 3]`},
		{"{\r\"start_absolute\":1,\r\"x\" 2}", `Expected a ':' after a key at 27 [character 5 line 3]`},
		{"{\n\n\"start_absolute\" 1}", `Expected a ':' after a key at 21 [character 18 line 3]`},
		{"{\"start_absolute\":1\n\"x\":2}", `Expected a ',' or '}' at 21 [character 1 line 2]`},
		{"{\"é😀\":1,\"y\" 2}", `Expected a ':' after a key at 14 [character 15 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":a b#c}`, `Expected a ',' or '}' at 53 [character 54 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],1:2,1:3}`, `Duplicate key "1" at 51 [character 52 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":null,"x":2}`, `Duplicate key "x" at 58 [character 59 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":{"y":[{"z":1,"z":2}]}}`, `Duplicate key "z" at 66 [character 67 line 1]`},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"a":1,a:2}`, `Duplicate key "a" at 53 [character 54 line 1]`},
		{"\n\n [", `A JSONObject text must begin with '{' at 4 [character 2 line 3]`},
		{"\r\n x", `A JSONObject text must begin with '{' at 4 [character 2 line 2]`},
		{" \u00e9", `A JSONObject text must begin with '{' at 2 [character 3 line 1]`},
	} {
		got := ""
		if err := checkOriginal(tt.text); err != nil {
			got = strings.TrimPrefix(err.Error(), "org.json.JSONException: ")
		}
		if got != tt.want {
			t.Errorf("%q:\ngot  %s\nwant %s", tt.text, got, tt.want)
		}
	}
	for _, text := range []string{
		"{}", "{} x", "{\"a\":1;\"b\":[,1,],'c':TRUE}", "{a:b c,1:{\"a\":1},\"b\":{\"a\":2},}", "{\"a\":\"\\u+123\\'\"}",
		strings.Repeat("{\"a\":[", 100_000), // too deep to be looked at
	} {
		if err := checkOriginal(text); err != nil {
			t.Errorf("%.40q: got %v, want it taken", text, err)
		}
	}
}

// FuzzCheckOriginal takes every object that encoding/json prints.
func FuzzCheckOriginal(f *testing.F) {
	for _, text := range []string{"{\"a\":[1,{\"b\":null}]}", "{\"a\":1,\"a\":2}", "{a:'b';c:\"\\u12", "\r\n{\r", "{\"a\":\"é\U0001F600\"} x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		taken := checkOriginal(text) == nil // ends, whatever the text is
		var object map[string]any
		if json.Unmarshal([]byte(text), &object) != nil || object == nil {
			if taken && !strings.Contains(text, "{") {
				t.Errorf("%q is taken, and has no object", text)
			}
			return
		}
		plain, failed := json.Marshal(object)
		if failed != nil {
			t.Fatal(failed)
		}
		if err := checkOriginal(string(plain)); err != nil {
			t.Errorf("%q: got %v", plain, err)
		}
	})
}

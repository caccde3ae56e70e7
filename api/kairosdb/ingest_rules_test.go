package kairosdb

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"aion/aggregators"
)

// rule is a case of what KairosDB's develop branch does with a metric object.
// Its body stands in for the dots of [{"name":"m","tags":{"h":"a"},...}], unless
// it is a body of its own. Points are of m{h=a}, messages and points are
// separated by bars.
type rule struct {
	body    string
	status  int
	message string
	stored  string
}

// checkRules holds both ways of reading to the rules of a release.
func checkRules(t *testing.T, release aggregators.Release, rules []rule) {
	t.Helper()
	parsers := map[string]*ingestParser{"exact": exactly(release), "scanning": parserOf(switches[release])}
	for _, r := range rules {
		body := r.body
		if strings.HasPrefix(body, `"`) {
			body = `[{"name":"m","tags":{"h":"a"},` + body + `}]`
		}
		want := outcome{status: r.status}
		if r.message != "" || r.status == 500 {
			want.messages = strings.Split(r.message, "|")
		}
		for _, line := range strings.Split(r.stored, "|") {
			if line != "" {
				want.stored = append(want.stored, "m{h=a} "+line)
			}
		}
		for name, p := range parsers {
			if got := ingested(t, p, strings.NewReader(body)); !got.equal(want) {
				t.Errorf("%s %s\n got %v\nwant %v", name, body, got, want)
			}
		}
	}
}

// TestIngestTimes reads times in every spelling, and from either name.
func TestIngestTimes(t *testing.T) {
	const number, state = "java.lang.NumberFormatException: ", "java.lang.IllegalStateException: "
	checkRules(t, aggregators.Develop, []rule{
		{`"timestamp":1,"value":5`, 204, "", "long 1 5"},
		{`"timestamp":0,"value":5`, 204, "", "long 0 5"},
		{`"timestamp":-1,"value":5`, 204, "", "long -1 5"},
		{`"timestamp":1e3,"value":5`, 204, "", "long 1000 5"},
		{`"timestamp":1.0,"value":5`, 204, "", "long 1 5"},
		{`"timestamp":"7","value":5`, 204, "", "long 7 5"},
		{`"timestamp":1,"time":2,"value":5`, 204, "", "long 2 5"},
		{`"time":2,"timestamp":1,"value":5`, 204, "", "long 2 5"},
		{`"time":null,"timestamp":1,"value":5`, 204, "", "long 1 5"},
		{`"timestamp":1,"timestamp":3,"value":5`, 204, "", "long 3 5"},
		{`"timestamp":1.5,"value":5`, 400, number + "Expected a long but was 1.5 at line 1 column 46 path $[0].timestamp", ""},
		{`"timestamp":"abc","value":5`, 400, number + `For input string: "abc"`, ""},
		{`"timestamp":true,"value":5`, 400, state + "Expected a long but was BOOLEAN at line 1 column 47 path $[0].timestamp", ""},
		{`"timestamp":{},"value":5`, 400, state + "Expected a long but was BEGIN_OBJECT at line 1 column 44 path $[0].timestamp", ""},
		{`"datapoints":[[1000.7,5]]`, 204, "", "long 1000 5"},
		{`"datapoints":[[-1000.7,5]]`, 204, "", "long -1000 5"},
		{`"datapoints":[[1e3,5]]`, 204, "", "long 1000 5"},
		{`"datapoints":[["1000",5]]`, 204, "", "long 1000 5"},
		{`"datapoints":[["abc",5]]`, 500, `For input string: "abc"`, ""},
		{`"datapoints":[["1.5",5]]`, 500, `For input string: "1.5"`, ""},
		{`"datapoints":[["",5]]`, 500, `For input string: ""`, ""},
		{`"datapoints":[[true,5]]`, 500, `For input string: "true"`, ""},
		{`"datapoints":[[{},5]]`, 500, "JsonObject", ""},
		{`"datapoints":[[[7],5]]`, 204, "", "long 7 5"},
		{`"datapoints":[[[],5]]`, 500, "", ""},
		{`"datapoints":[[[1,2],5]]`, 500, "", ""},
		{`"datapoints":[[9223372036854775808,5]]`, 204, "", "long -9223372036854775808 5"},
	})
}

// TestIngestInfersTypes stores values without a type as KairosDB infers them.
func TestIngestInfersTypes(t *testing.T) {
	checkRules(t, aggregators.Develop, []rule{
		{`"datapoints":[[1,1],[2,"12"],[3,"+5"],[4,01],[5,-0]]`, 204, "", "long 1 1|long 2 12|long 3 5|long 4 1|long 5 0"},
		{`"datapoints":[[1,1e5],[2,1E+2],[3,1e-5]]`, 204, "", "long 1 100000|long 2 100|long 3 0"},
		{`"datapoints":[[1,1.5],[2,"1.5"],[3,".5"],[4,"-.5"],[5,1.0],[6,1.5e3],[7,1.0e-5]]`, 204, "",
			"double 1 1.5|double 2 1.5|double 3 0.5|double 4 -0.5|double 5 1|double 6 1500|double 7 1e-05"},
		{`"datapoints":[[1,"1e5"],[2,"-"],[3,"5."],[4,"1.2.3"],[5," 5"],[6,"0x10"],[7,"1,000"]]`, 204, "",
			`string 1 "1e5"|string 2 "-"|string 3 "5."|string 4 "1.2.3"|string 5 " 5"|string 6 "0x10"|string 7 "1,000"`},
		{`"datapoints":[[1,true],[2,NaN],[3,Infinity],[4,foo],[5,'sq'],[6,"NaN"]]`, 204, "",
			`string 1 "true"|string 2 "NaN"|string 3 "Infinity"|string 4 "foo"|string 5 "sq"|string 6 "NaN"`},
		{`"datapoints":[[1,9223372036854775807],[2,9223372036854775808],[3,99999999999999999999],[4,1e400]]`, 204, "",
			"long 1 9223372036854775807|long 2 -9223372036854775808|long 3 7766279631452241919|long 4 0"},
		{`"datapoints":[[1,"99999999999999999999"]]`, 500, `For input string: "99999999999999999999"`, ""},
		{`"datapoints":[[1,2],[2,".5.5"],[3,4]]`, 500, "multiple points", "long 1 2"},
		{`"datapoints":[[1,{}],[2,[1]],[3,4]]`, 400,
			"metric[0](name=m) value is an invalid type|metric[0](name=m) value is an invalid type", "long 3 4"},
		{`"timestamp":1,"value":{}`, 400, "metric[0](name=m) value is an invalid type", ""},
		{`"timestamp":1,"value":"1.50","datapoints":[[1,"१२"],[1,2.5],[1,3]]`, 204, "", "double 1 2.5|long 1 3"},
		{`"datapoints":[[1,5],[1,2.5],[1,3],[1,"x"],[1,"y"]]`, 204, "", `double 1 2.5|long 1 3|string 1 "y"`},
	})
}

// TestIngestTakesTypes stores values of a type that is given.
func TestIngestTakesTypes(t *testing.T) {
	checkRules(t, aggregators.Develop, []rule{
		{`"type":"long","datapoints":[[1,1.5],[2,-1.5],[3,[7]],[4,"8"]]`, 204, "", "long 1 1|long 2 -1|long 3 7|long 4 8"},
		{`"type":"long","datapoints":[[1,"abc"]]`, 500, `For input string: "abc"`, ""},
		{`"type":"long","datapoints":[[1,true]]`, 500, `For input string: "true"`, ""},
		{`"datapoints":[[1,"1_0","long"]]`, 500, `For input string: "1_0"`, ""},
		{`"type":"long","datapoints":[[1,null],[2,""]]`, 400,
			"metric[0](name=m).datapoints[0].value may not be empty.|metric[0](name=m).datapoints[0].value may not be empty.", ""},
		{`"datapoints":[[1,{},"long"]]`, 500, "JsonObject", ""},
		{`"datapoints":[[1,{},"string"]]`, 500, "JsonObject", ""},
		{`"datapoints":[[1,"abc","double"]]`, 500, `For input string: "abc"`, ""},
		{`"datapoints":[[1,"1d","double"],[2,"0x1p3","double"],[3,1.5f,"double"],[4,7,"double"]]`, 204, "",
			"double 1 1|double 2 8|double 3 1.5|double 4 7"},
		{`"datapoints":[[1,"NaN","double"],[2,"-Infinity","double"],[3,1.7976931348623157e309],[4,5]]`, 400,
			"metric[0](name=m).datapoints[0].value may not be NaN or infinite.|metric[0](name=m).datapoints[0].value may not be NaN or infinite.|" +
				"metric[0](name=m).datapoints[0].value may not be NaN or infinite.", "long 4 5"},
		{`"timestamp":1,"value":1.0e999`, 400, "metric[0](name=m).value may not be NaN or infinite.", ""},
		{`"datapoints":[[1,1,"string"],[2,1.50,"string"],[3,true,"string"],[4,1e2,"string"],[5,"","string"]]`, 204, "",
			`string 1 "1"|string 2 "1.50"|string 3 "true"|string 4 "1e2"|string 5 ""`},
		{`"datapoints":[[1,2],[2,null,"string"]]`, 500, "JsonNull", "long 1 2"},
		{`"datapoints":[[1,[],"string"]]`, 500, "", ""},
		{`"datapoints":[[1,[1,2],"string"]]`, 500, "", ""},
		{`"datapoints":[[1,2,null]]`, 500, "JsonNull", ""},
		{`"datapoints":[[1,2,"bogus"],[2,3,""],[3,4,"null"],[4,5,"Long"],[5,6]]`, 400,
			"Unregistered data point type 'bogus'|Unregistered data point type ''|Unregistered data point type 'null'|Unregistered data point type 'Long'",
			"long 5 6"},
		{`"type":"complex","timestamp":1,"value":{"real":1}`, 400, "Unregistered data point type 'complex'", ""},
		{`"type":5,"datapoints":[[1,2]]`, 400, "Unregistered data point type '5'", ""},
		{`"type":"double","datapoints":[[1,2],[2,3,"long"]]`, 204, "", "double 1 2|long 2 3"},
		{`"type":"string","timestamp":1,"value":""`, 204, "", `string 1 ""`},
		{`"datapoints":[[1,2],[2,2.50]],"type":"string"`, 204, "", `string 1 "2"|string 2 "2.50"`},
	})
}

// TestIngestTypesOfOldReleases shows where types were stricter.
func TestIngestTypesOfOldReleases(t *testing.T) {
	for _, release := range []aggregators.Release{aggregators.V12, aggregators.V13} {
		checkRules(t, release, []rule{
			{`"datapoints":[[1,"","string"],[2,null,"string"],[3,[],"string"],[4,"x","string"]]`, 400,
				"metric[0](name=m).datapoints[0].value may not be empty.|metric[0](name=m).datapoints[0].value may not be empty.|" +
					"metric[0](name=m).datapoints[0].value may not be an empty array.", `string 4 "x"`},
			{`"type":"string","timestamp":1,"value":""`, 400, "metric[0](name=m).value may not be empty.", ""},
			{`"ttl":1.5`, 400, "java.lang.NumberFormatException: Expected an int but was 1.5 at line 1 column 40", ""},
			{`null`, 400, "Use JsonReader.setLenient(true) to accept malformed JSON at line 1 column 1", ""},
		})
	}
}

// TestIngestNamesProblems compares the words for each problem.
func TestIngestNamesProblems(t *testing.T) {
	checkRules(t, aggregators.Develop, []rule{
		{`"timestamp":1`, 400, "metric[0](name=m).value may not be null.", ""},
		{`"timestamp":1,"value":null`, 400, "metric[0](name=m).value may not be empty.", ""},
		{`"timestamp":1,"value":""`, 400, "metric[0](name=m).value may not be empty.", ""},
		{`"timestamp":1,"value":[]`, 400, "metric[0](name=m).value may not be an empty array.", ""},
		{`"timestamp":1,"value":[1,2]`, 500, "", ""},
		{`"value":1,"datapoints":[[1,2]]`, 400, "metric[0](name=m).timestamp may not be null.", ""},
		{`"value":null,"datapoints":[[1,2]]`, 204, "", "long 1 2"},
		{`"name":null,"tags":{}`, 400, "metric[0].name may not be null.|metric[0].tags count must be greater than or equal to 1.", ""},
		{`"datapoints":[[]]`, 400, "metric[0](name=m).datapoints[0].timestamp cannot be null or empty.", ""},
		{`"datapoints":[[1]]`, 400, "metric[0](name=m).datapoints[0].value cannot be null or empty.", ""},
		{`"datapoints":[[null,1],[,1]]`, 400,
			"metric[0](name=m).datapoints[0].timestamp may not be null.|metric[0](name=m).datapoints[0].timestamp may not be null.", ""},
		{`"datapoints":[[1,]]`, 400, "metric[0](name=m).datapoints[0].value may not be empty.", ""},
		{`"datapoints":[[1,2],[],[3,null],[4]]`, 400,
			"metric[0](name=m).datapoints[1].timestamp cannot be null or empty.|metric[0](name=m).datapoints[1].value may not be empty.|" +
				"metric[0](name=m).datapoints[1].value cannot be null or empty.", "long 1 2"},
		{`[{"name":"","tags":{}},{"name":"m","tags":{"h":"a"},"datapoints":[[1,2]]},{"name":"x","tags":{"a":"","":null}}]`, 400,
			"metric[0].name may not be empty.|metric[0].tags count must be greater than or equal to 1.|metric[2](name=x).tag[a].value may not be empty.|" +
				"metric[2](name=x).tag[1].name may not be empty.|metric[2](name=x).tag[1].value may not be null.", "long 1 2"},
		{`"skip_validate":true,"datapoints":[[null,1]]`, 500, "", ""},
		{`"skip_validate":"true","timestamp":1,"value":null`, 400, "metric[0] value is an invalid type", ""},
		{`"skip_validate":true,"datapoints":[[1,null],[2,3]]`, 400, "metric[0].datapoints[0].value may not be empty.", "long 2 3"},
		{`[{"skip_validate":true,"tags":{"h":"a"},"datapoints":[[1,2]]}]`, 500, "", ""},
		{`[{"skip_validate":true,"name":"m","tags":{"h":null},"datapoints":[[1,2]]}]`, 500, "", ""},
	})
}

// TestIngestNamesBadJSON compares the words for each fault of JSON.
func TestIngestNamesBadJSON(t *testing.T) {
	const state = "java.lang.IllegalStateException: "
	checkRules(t, aggregators.Develop, []rule{
		{"", 400, endOfInput, ""},
		{"null", 400, "Invalid start of json.", ""},
		{"[1]", 400, state + "Expected BEGIN_OBJECT but was NUMBER at line 1 column 3 path $[0]", ""},
		{"[null]", 500, "", ""},
		{`"datapoints":{}`, 400, state + "Expected BEGIN_ARRAY but was BEGIN_OBJECT at line 1 column 45 path $[0].datapoints", ""},
		{`"datapoints":[1,2]`, 400, state + "Expected BEGIN_ARRAY but was NUMBER at line 1 column 46 path $[0].datapoints[0]", ""},
		{`"datapoints":[null]`, 500, "", ""},
		{`"tags":"x"`, 400, state + "Expected BEGIN_OBJECT but was STRING at line 1 column 39 path $[0].tags", ""},
		{`"tags":{"a":["x"]}`, 400, state + "Expected a string but was BEGIN_ARRAY at line 1 column 44 path $[0].tags.", ""},
		{`"tags":{"a":"b","a":"c"}`, 400, "duplicate key: a", ""},
		{`"name":{}`, 400, state + "Expected a string but was BEGIN_OBJECT at line 1 column 39 path $[0].name", ""},
		{`"tags":{"a":"b",}`, 400, "com.google.gson.stream.MalformedJsonException: Expected name at line 1 column 48 path $[0].tags.", ""},
		{`"ttl":1.5`, 400, "java.lang.NumberFormatException: Expected an int but was 1.5 at line 1 column 40 path $[0].ttl", ""},
		{`"name":"\u00zz"`, 400, "Invalid JSON", ""},
		{`[{"name":"m"`, 400, "java.io.EOFException: End of input at line 1 column 13 path $[0].name", ""},
		{`[{"name":"m","tags":{"h":"a"},"timestamp":1,"value":2}`, 400, endOfInput + "|" + endOfInput, "long 1 2"},
		{`[{"name":"m","tags":{"h":"a"},"timestamp":1,"value":2},]`, 400,
			"Use JsonReader.setLenient(true) to accept malformed JSON at line 1 column 57 path $[1]", "long 1 2"},
		{`[{"name":"m","tags":{"h":"a"},"timestamp":1,"value":2}{}]`, 400, "Unterminated array at line 1 column 56 path $[1]", "long 1 2"},
		{`[{"name":"m","tags":{"h":"a"},"timestamp":1,"value":2};{}]`, 400,
			"Use JsonReader.setLenient(true) to accept malformed JSON at line 1 column 56 path $[1]", "long 1 2"},
		{"[{\"name\":\"m\",\"tags\":{\"h\":\"a\"},\n\"timestamp\":1,\"value\":\"é\"},\n {\"name\":\"😀\",\"ttl\":\"x\"},7]", 400,
			`java.lang.NumberFormatException: For input string: "x"`, `string 1 "é"`},
		{"[{\"name\":\"m\",\"tags\":{\"h\":\"a\"},\n\"timestamp\":1,\"value\":\"é\"},\n {\"name\":\"😀\",\"ttl\":{}},7]", 400,
			state + "Expected an int but was BEGIN_OBJECT at line 3 column 22 path $[1].ttl", `string 1 "é"`},
		{`[{name:m;tags={'h'=>"a"},/* c */"datapoints":[[1;2]] # x` + "\n}] rest", 204, "", "long 1 2"},
		{`"tags":[["h","a"]],"datapoints":[[1,2]]`, 204, "", "long 1 2"},
		{"\ufeff" + `{"name":"m","tags":{"h":"a"},"timestamp":1,"value":2} rest`, 204, "", "long 1 2"},
	})
}

// TestIngestOfManyTags stores a series of many tags, and finds one that comes
// twice.
func TestIngestOfManyTags(t *testing.T) {
	var members, want []string
	for c := 'a'; c <= 'z'; c++ {
		members, want = append(members, fmt.Sprintf(`"%c":"%d"`, c, c)), append(want, fmt.Sprintf("%c=%d", c, c))
	}
	body := `[{"name":"m","tags":{` + strings.Join(members, ",") + `%s},"timestamp":1,"value":2}]`
	p := exactly(aggregators.Develop)
	got := ingested(t, p, strings.NewReader(fmt.Sprintf(body, "")))
	if line := "m{" + strings.Join(want, ",") + "} long 1 2"; !slices.Equal(got.stored, []string{line}) {
		t.Errorf("got %v, want %s", got, line)
	}
	for _, again := range []string{"a", "q", "z"} {
		got := ingested(t, p, strings.NewReader(fmt.Sprintf(body, `,"`+again+`":"x"`)))
		if !slices.Equal(got.messages, []string{"duplicate key: " + again}) || len(got.stored) != 0 {
			t.Errorf("got %v, want a duplicate key", got)
		}
	}
}

// TestIngestOfLongNames: a series whose names and values are too long to be stored
// keeps no other from being stored.
func TestIngestOfLongNames(t *testing.T) {
	around := func(value string) string {
		return fmt.Sprintf(`[{"name":"m","tags":{"h":"a"},"datapoints":[[1,2]]},{"name":"x","tags":{"h":%q},"datapoints":[[1,2],[2,3.5]]},`+
			`{"name":"m","tags":{"h":"a"},"timestamp":3,"value":4}]`, value)
	}
	const told = "metric[1](name=x) metric and tags of %d bytes are longer than the 65535 that can be stored"
	checkRules(t, aggregators.Develop, []rule{
		{around(strings.Repeat("v", 66_000)), 400, fmt.Sprintf(told, 66_038), "long 1 2|long 3 4"},
		{around(strings.Repeat(":", 40_000)), 400, fmt.Sprintf(told, 80_028), "long 1 2|long 3 4"},
	})
}

package kairosdb

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"aion/aggregators"
)

// recorded is a request that KairosDB refused, with its answer.
type recorded struct {
	Release string
	Body    string
	Status  int
	Errors  []*string // nil: null
	Match   string    // exact, unordered or prefix
}

// TestRecordedFaults replays what KairosDB refused.
func TestRecordedFaults(t *testing.T) {
	file, err := os.ReadFile("testdata/faults.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	protocols := map[string]*Protocol{
		"1.3":     newProtocol(t, Config{Release: aggregators.V13}),
		"develop": newProtocol(t, Config{Release: aggregators.Develop}),
	}
	lines := bufio.NewScanner(bytes.NewReader(file))
	for lines.Scan() {
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		t.Run(r.Release+" "+r.Body, func(t *testing.T) {
			status, messages := refusal(protocols[r.Release], r.Body)
			if want := r.messages(); status != r.Status || !r.matches(messages, want) {
				t.Errorf("got %d %q, want %d %q", status, messages, r.Status, want)
			}
		})
	}
}

// messages are the errors with an empty text for null.
func (r *recorded) messages() []string {
	var all []string
	for _, m := range r.Errors {
		if m == nil {
			m = new(string)
		}
		all = append(all, *m)
	}
	return all
}

// matches compares messages as the recording says.
func (r *recorded) matches(got, want []string) bool {
	switch r.Match {
	case "unordered":
		got, want = slices.Clone(got), slices.Clone(want)
		slices.Sort(got)
		slices.Sort(want)
	case "prefix":
		return len(got) == len(want) && strings.HasPrefix(got[0], want[0])
	}
	return slices.Equal(got, want)
}

// refusal is the fault of a body that does not parse.
func refusal(p *Protocol, body string) (status int, messages []string) {
	_, err := p.parse(strings.NewReader(body))
	if x, ok := errors.AsType[*Fault](err); ok {
		return x.Status, x.Messages
	}
	return 0, nil
}

// in is a query with one metric that has these members besides its name.
func in(members string) string {
	return `{"start_absolute":1,"metrics":[{"name":"m1",` + members + `}]}`
}

// agg is a query with one aggregator.
func agg(members string) string { return in(`"aggregators":[{` + members + `}]`) }

// group is a query with one grouper.
func group(members string) string { return in(`"group_by":[{` + members + `}]`) }

// units ends the text about a wrong unit.
const units = " is not a valid time unit, must be one of MILLISECONDS,SECONDS,MINUTES,HOURS,DAYS,WEEKS,MONTHS,YEARS"

// TestFaults has the rows of the table of errors that were not recorded.
func TestFaults(t *testing.T) {
	const metric, a0, g0 = "query.metric[0]", "query.metric[0].aggregators[0]", "query.metric[0].group_by[0]"
	const state = "java.lang.IllegalStateException"
	tests := []struct {
		body   string
		status int
		want   string
	}{
		{in(`"x":1,}`), 400, "com.google.gson.stream.MalformedJsonException: Expected name at line 1 column 52 path $.metrics[0].x"},
		{`{"metrics":[{"name":"a"}]}`, 400, metric + ".start_time relative or absolute time must be set"},
		{`{"start_absolute":1,"metrics":[{"name":""}]}`, 400, metric + ".name may not be empty"},
		{`{"start_absolute":1,"metrics":[{"name":null}]}`, 500, "JsonNull"},
		{`{"start_absolute":1,"metrics":[{"name":{}}]}`, 500, "JsonObject"},
		{`{"start_absolute":1,"metrics":[{"name":[]}]}`, 400, state},
		{`{"start_absolute":1,"metrics":[{"name":["a","b"]}]}`, 400, state},
		{`{"start_absolute":1,"metrics":[{"name":"a"},{"name":""}]}`, 400, "query.metric[1].name may not be empty"},
		{in(`"tags":{"":"x"}`), 400, metric + ".tags[0] name must not be empty"},
		{in(`"tags":{"a":"b","host":""}`), 400, metric + ".tags[1].host value must not be null or empty"},
		{in(`"tags":{"host":null}`), 400, metric + ".tags[0].host value must not be null or empty"},
		{in(`"tags":{"host":["a",""]}`), 400, metric + ".tags[0].host value must not be null or empty"},
		{in(`"tags":{"host":[null]}`), 400, metric + ".tags[0].host value must not be null or empty"},
		{in(`"tags":{"host":{}}`), 500, "JsonObject"},
		{in(`"tags":null`), 400, state + ": Not a JSON Object: null"},
		{in(`"tags":[]`), 400, state + ": Not a JSON Object: []"},
		{in(`"tags":"x"`), 400, state + `: Not a JSON Object: "x"`},
		{in(`"tags":{"host":"regex:["}`), 500, "java.util.regex.PatternSyntaxException: error parsing regexp: missing closing ]: `[`"},
		{in(`"exclude_tags":null`), 500, "JsonNull"},
		{in(`"limit":"abc"`), 500, `For input string: "abc"`},
		{in(`"limit":true`), 500, `For input string: "true"`},
		{in(`"limit":null`), 500, "JsonNull"},
		{in(`"alias":null`), 500, "JsonNull"},
		{in(`"alias":{}`), 500, "JsonObject"},
		{in(`"order":"bogus"`), 400, metric + ".order must be either 'asc' or 'desc'"},
		{in(`"order":""`), 400, metric + ".order must be either 'asc' or 'desc'"},
		{in(`"order":5`), 400, metric + ".order must be either 'asc' or 'desc'"},
		{in(`"order":null`), 500, "JsonNull"},
		{in(`"group_by":null`), 500, "Not a JSON Array: null"},
		{in(`"aggregators":{}`), 500, "Not a JSON Array: {}"},
		{in(`"aggregators":[5]`), 500, "Not a JSON Object: 5"},
		{in(`"plugins":null`), 500, "Not a JSON Array: null"},
		{in(`"plugins":[5]`), 500, "Not a JSON Object: 5"},
		{in(`"plugins":[{}]`), 400, metric + ".plugins[0] must have a name"},
		{in(`"plugins":[{"name":"x"}]`), 400, metric + ".plugins[0].x invalid query plugin name"},
		{`{"metrics":[],"plugins":[{"a":1}]}`, 400, "plugins[0] must have a name"},
		{`{"metrics":[],"plugins":[{"name":"x"}]}`, 400, ".plugins[0].x invalid query plugin name"},
		{agg(``), 400, a0 + " must have a name"},
		{agg(`"name":""`), 400, a0 + " must have a name"},
		{agg(`"name":null`), 500, "JsonNull"},
		{agg(`"name":"bogus"`), 400, a0 + ".bogus invalid aggregators name"},
		{agg(`"name":"sum","class":1`), 500, "Attempted to deserialize a java.lang.Class. Forgot to register a type adapter?"},
		{agg(`"name":"sum","alignSampling":true`), 400, "Property 'alignSampling' was specified for object 'sum' but no matching setter was found on 'class org.kairosdb.core.aggregator.SumAggregator'"},
		{agg(`"name":"sum","sampling":{}`), 400, a0 + ".sampling.unit may not be null"},
		{agg(`"name":"sum","sampling":{"value":-1,"unit":"days"}`), 400, a0 + ".sampling.value must be greater than or equal to 0"},
		{agg(`"name":"sum","sampling":{"value":1,"unit":"bogus"}`), 400, a0 + ".bogus" + units},
		{agg(`"name":"sum","sampling":{"value":1,"unit":{}}`), 500, "JsonObject"},
		{agg(`"name":"sum","sampling":{"value":true}`), 400, state + ": Expected NUMBER but was BOOLEAN at path $.value"},
		{agg(`"name":"sum","time_zone":"bogus"`), 400, a0 + ".bogus is not a valid time zone, must be one of ["},
		{agg(`"name":"div"`), 400, a0 + ".m_divisor may not be zero"},
		{agg(`"name":"div","divisor":"abc"`), 400, a0 + `.divisor For input string: "abc"`},
		{agg(`"name":"percentile"`), 400, a0 + ".percentile may not be zero"},
		{agg(`"name":"percentile","percentile":"0.7.1"`), 400, a0 + ".percentile multiple points"},
		{agg(`"name":"trim","trim":"bogus"`), 400, a0 + ".bogus is not a valid trim type, must be 'first', 'last' or 'both'."},
		{agg(`"name":"filter","filter_op":"bogus"`), 400, a0 + ".bogus is not a valid trim type, must be 'lte', 'lt', 'gte', 'gt', 'equal' or 'ne'."},
		{agg(`"name":"score","thresholds":[{"value":"x"}]`), 400, a0 + `.thresholds For input string: "x"`},
		{agg(`"name":"save_as","tags":[]`), 400, state + ": Expected BEGIN_OBJECT but was BEGIN_ARRAY at path $"},
		{agg(`"name":"score","thresholds":[null,{"value":"x"}]`), 400, a0 + `.thresholds For input string: "x"`},
		{agg(`"name":"score","thresholds":[{"value":1},null]`), 400, "Call to org.kairosdb.core.aggregator.ScoreAggregator:setThresholds failed with message: null"},
		{group(`"name":"bin","bins":[null,"x"]`), 400, g0 + `.bins For input string: "x"`},
		{in(`"group_by":[{"name":"tag","tags":[5]}],"order":"x"`), 400, metric + ".order must be either 'asc' or 'desc'"},
		{agg(`"name":"score","thresholds":[{"boundary":true}]`), 400, state + ": Expected STRING but was BOOLEAN at path $[0].boundary"},
		{agg(`"name":"dev","return_type":true`), 400, state + ": Expected STRING but was BOOLEAN at path $"},
		{agg(`"name":"sum","class":null`), 500, "cannot validate null"},
		{agg(`"name":"save_as","tags":{"a":null}`), 500, "null value in entry: a=null"},
		{agg(`"name":"save_as","group_bys":{}`), 400, state + ": Expected BEGIN_ARRAY but was BEGIN_OBJECT at path $"},
		{agg(`"name":"save_as","group_bys":[null,{}]`), 400, "Call to org.kairosdb.core.aggregator.SaveAsAggregator:setGroupBys failed with message: null"},
		{agg(`"name":"save_as","tags_to_keep":[1]`), 400, "Property 'tags_to_keep' was specified for object 'save_as' but no matching setter was found on 'org.kairosdb"},
		{group(`"name":"tag","tag_names":null`), 500, "cannot validate null"},
		{group(`"name":"tag","tag_names":1`), 400, state + ": Expected BEGIN_ARRAY but was NUMBER at path $"},
		{agg(`"name":"sum","_align_sampling":1`), 400, state + ": Expected BOOLEAN but was NUMBER at path $"},
		{group(`"name":"tag","tag_names":[]`), 400, "Property 'tag_names' was specified for object 'tag' but no matching setter was found on 'org.kairosdb"},
		{group(`"name":"value","range_size":1,"start_date":"x"`), 400, `java.lang.NumberFormatException: For input string: "x"`},
		{group(``), 400, g0 + " must have a name"},
		{group(`"name":"bogus"`), 400, g0 + ".bogus invalid group_by name"},
		{group(`"name":"tag"`), 400, g0 + ".tags may not be null"},
		{group(`"name":"tag","tags":[]`), 400, g0 + ".tags may not be empty"},
		{group(`"name":"time","range_size":{"value":1,"unit":"days"}`), 400, g0 + ".groupCount must be greater than or equal to 1"},
		{in(`"group_by":[{}],"aggregators":[{}]`), 400, g0 + " must have a name"},
		{in(`"aggregators":[{}],"order":"x"`), 400, a0 + " must have a name"},
		{in(`"aggregators":[` + strings.Repeat("{},", 2000) + `{}]`), 413, "a query may not have more than 1000 aggregators in one metric"},
		{`{"metrics":[` + strings.Repeat("{},", 20000) + `{}]}`, 413, "a query may not have more than 10000 metrics"},
		{strings.Repeat("[", 1000), 400, "com.google.gson.stream.MalformedJsonException: Nesting limit 255 reached at line 1 column 257 path $"},
	}
	p := newProtocol(t, Config{Release: aggregators.Develop})
	for _, tt := range tests {
		t.Run(tt.body[:min(len(tt.body), 200)], func(t *testing.T) {
			status, messages := refusal(p, tt.body)
			if got := strings.Join(messages, "|"); status != tt.status || !strings.HasPrefix(got, tt.want) || tt.want == "" {
				t.Errorf("got %d %s, want %d %s", status, got, tt.status, tt.want)
			}
		})
	}
}

package grafana

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestErrors sends what is wrong: the answer names target and field, as the panel
// shows it.
func TestErrors(t *testing.T) {
	p := newTested(t)
	p.put(t, "cpu", on("a"), epoch, 1000, 1.5)
	p.put(t, "cpu", on("7"), epoch, 1000, 1.5)
	payload := func(y string) string { return `{"targets":[{"refId":"Q","target":"cpu","payload":` + y + `}]}` }
	var regexes []string
	for i := range mostMetrics + 1 {
		name := fmt.Sprintf("many.%03d", i)
		p.put(t, name, on("a"), epoch, 1000, 1)
		regexes = append(regexes, name)
	}
	for _, c := range []struct{ path, body, want string }{
		{"/query", `{`, "the request is no JSON: unexpected end of JSON input"},
		{"/query", `[]`, "the request must be a JSON object, not array"},
		{"/query", `{"targets":{}}`, "targets: got object, which does not belong there"},
		{"/query", `{"targets":[7]}`, "targets: got number, which does not belong there"},
		{"/query", `{"range":{"from":"yesterday"}}`, `range.from: got "yesterday", want a time such as 2026-01-31T10:00:00.000Z`},
		{"/query", `{"range":{"to":{}}}`, "range.to: got {}, want a time such as 2026-01-31T10:00:00.000Z"},
		{"/query", `{"range":{"from":5,"to":3}}`, "range.to: it is before range.from"},
		{"/query", `{"targets":[{},{"target":"{x"}]}`, "B: target: it begins like JSON and is none: invalid character 'x' looking for beginning of object key string"},
		{"/query", `{"targets":[{"target":"{\"metrics\":7}"}]}`, "A: target.metrics: got 7, want an array of objects"},
		{"/query", `{"targets":[{"target":"{\"metrics\":[null]}"}]}`, "A: target.metrics: got [null], want an array of objects"},
		{"/query", `{"targets":[{"target":"{\"tags\":{}}"}]}`, "A: name may not be null"},
		{"/query", `{"targets":[{"target":"{\"name\":\"cpu\",\"aggregators\":[{\"name\":\"zz\"}]}"}]}`, "A: aggregators[0].zz invalid aggregators name"},
		{"/query", `{"targets":[{"target":"{\"name\":\"cpu\",\"aggregators\":7}"}]}`, "A: target.aggregators: got 7, want an array of objects"},
		{"/query", `{"targets":[{"target":"{\"name\":\"cpu\",\"time_zone\":\"Mars\",\"metrics\":[{\"name\":\"cpu\"}]}"}]}`, `A: target.time_zone: got "Mars", want a time zone such as Europe/Berlin`},
		{"/query", `{"targets":[{"target":"/(/"}]}`, "A: target: error parsing regexp: missing closing ): `(`"},
		{"/query", `{"targets":[{"target":"/many.*/"}]}`, "A: target: more than 100 metrics fit /many.*/"},
		{"/query", `{"targets":[{"target":"(` + strings.Join(regexes, "|") + `)"}]}`, "A: target: it names 101 metrics, want at most 100"},
		{"/query", payload(`7`), "Q: payload: got 7, want an object"},
		{"/query", payload(`{"aggregator":"zz"}`), `Q: unknown aggregator "zz" in payload.aggregator`},
		{"/query", payload(`{"aggregator":{}}`), "Q: payload.aggregator: got {}, want the name of an aggregator or an array of names"},
		{"/query", payload(`{"agregator":"avg"}`), "Q: payload.agregator: there is no such option"},
		{"/query", payload(`{"aggregator":"avg","percentile":"0.5"}`), "Q: payload.percentile: there is no such option"},
		{"/query", payload(`{"aggregator":"avg","start_time":1}`), "Q: payload.start_time: there is no such option"},
		{"/query", payload(`{"aggregator":"avg","sampling":"often"}`), `Q: payload.sampling: got "often", want auto, a length such as 5m, or {"value":5,"unit":"minutes"}`},
		{"/query", payload(`{"aggregator":"avg","sampling":{"value":-1,"unit":"minutes"}}`), `Q: payload.sampling: got {"value":-1,"unit":"minutes"}, want auto, a length such as 5m, or {"value":5,"unit":"minutes"}`},
		{"/query", payload(`{"aggregator":"avg","sampling":"1ms"}`), "Q: sampling: it makes up to 3600001 points of a series, want at most 10000, 10 times as many as the panel shows"},
		{"/query", payload(`{"aggregators":[{"name":"avg","sampling":{"value":1,"unit":"milliseconds"}}]}`), "Q: sampling: it makes up to 3600001 points of a series, want at most 10000, 10 times as many as the panel shows"},
		{"/query", payload(`{"aggregator":"avg","sampling":"1h","aggregators":[{"name":"gaps","sampling":"100ms"}]}`), "Q: sampling: it makes up to 44001 points of a series, want at most 10000, 10 times as many as the panel shows"},
		{"/query", payload(`{"aggregators":[{"name":"avg","sampling":"often"}]}`), `Q: payload.aggregators.sampling: got "often", want auto, a length such as 5m, or {"value":5,"unit":"minutes"}`},
		{"/query", payload(`{"aggregators":"avg"}`), `Q: payload.aggregators: got "avg", want an array of objects`},
		{"/query", payload(`{"aggregators":[7]}`), "Q: payload.aggregators: got [7], want an array of objects"},
		{"/query", payload(`{"aggregators":[{"name":"div"}]}`), "Q: aggregators[0].m_divisor may not be zero"},
		{"/query", payload(`{"align":"left"}`), `Q: payload.align: got "left", want one of start, end, sampling, none`},
		{"/query", payload(`{"format":"heatmap"}`), `Q: payload.format: got "heatmap", want one of time_series, table, frame`},
		{"/query", payload(`{"fill":"linear"}`), `Q: payload.fill: got "linear", want one of none, null, zero, previous`},
		{"/query", payload(`{"fill":"null","raw":"true"}`), "Q: payload.fill: only the steps of aggregator can be filled"},
		{"/query", payload(`{"fill":"null","align":"none"}`), "Q: payload.fill: it needs align start or end"},
		{"/query", payload(`{"fill":"null","order":"desc"}`), "Q: payload.fill: only the steps of aggregator can be filled, in ascending order"},
		{"/query", payload(`{"aggregator":"rate","fill":"null"}`), "Q: payload.fill: only the steps of aggregator can be filled, in ascending order"},
		{"/query", payload(`{"raw":"perhaps"}`), `Q: payload.raw: got "perhaps", want true or false`},
		{"/query", payload(`{"raw":true,"aggregator":"avg"}`), "Q: payload.raw: it leaves no room for aggregators"},
		{"/query", payload(`{"tags":["a"]}`), `Q: payload.tags: got ["a"], want an object such as {"host":["a","b"]}`},
		{"/query", payload(`{"tags":"host=a"}`), `Q: payload.tags: got "host=a", want an object such as {"host":["a","b"]}`},
		{"/query", payload(`{"tags":{"host":[""]}}`), "Q: tags[0].host value must not be null or empty"},
		{"/query", payload(`{"group_by":[{"name":"color"}]}`), "Q: group_by[0].color invalid group_by name"},
		{"/query", payload(`{"group_by":[[]]}`), "Q: payload.group_by: got [[]], want names of tags or KairosDB's groupers"},
		{"/query", payload(`{"limit":"few"}`), `Q: payload.limit: got "few", want how many points`},
		{"/query", payload(`{"order":"down"}`), "Q: order must be either 'asc' or 'desc'"},
		{"/query", payload(`{"time_zone":"Mars"}`), `Q: payload.time_zone: got "Mars", want a time zone such as Europe/Berlin`},
		{"/query", payload(`{"alias":[]}`), "Q: payload.alias: got [], want a text"},
		{"/query", `{"filters":{},"targets":[]}`, "filters: got object, which does not belong there"},
		{"/query", `{"filters":[{"key":"host","operator":"~","value":"a"}],"targets":[{"target":"cpu"}]}`, `A: filters[0].operator: got "~", want one of = != =| !=| =~ !~ < >`},
		{"/query", `{"filters":[{"key":"host","operator":"=~","value":"("}],"targets":[{"target":"cpu"}]}`, "A: filters[0].value: error parsing regexp: missing closing ): `(`"},
		{"/query", `{"filters":[{"key":"host","operator":"<","value":"x"}],"targets":[{"target":"cpu"}]}`, `A: filters[0].value: got "x", want a number to compare with`},
		{"/query", `{"adhocFilters":[{"key":"host","operator":"<","value":"8"}],"targets":[{"target":"cpu"}]}`, `A: filters[0].operator: the tag host has the value "a", which is no number to compare`},
		{"/query", `{"filters":[{"key":["host"],"value":"a"}],"targets":[{"target":"cpu"}]}`, `A: filters[0].key: got ["host"], want the name of a tag`},
		{"/query", `{"requestId":"AQ1","targets":[{"refId":"Anno","target":"{\"tags\":{}}"}]}`, "Anno: name may not be null"},
		{"/query", `{"requestId":"AQ1","targets":[{"refId":"Anno","target":"e","payload":{"tags":[1]}}]}`, `Anno: payload.tags: got [1], want an object such as {"host":["a","b"]}`},
		{"/search", `{"target":{}}`, "target: got {}, want a text"},
		{"/search", `{"target":"tag_values(cpu)"}`, "tag_values: it lacks a tag"},
		{"/variable", `{"payload":{"target":"tag_names()"}}`, "tag_names: it lacks a metric"},
		{"/variable", `{"payload":{"target":"tag_values(cpu,host,b)"}}`, `tag_values: got "b", want tag=value`},
		{"/variable", `{"payload":{"target":"explode(cpu)"}}`, `type: got "explode", want metrics, tag_names or tag_values`},
		{"/variable", `{"payload":{"type":"tags","metric":"cpu"}}`, `type: got "tags", want metrics, tag_names or tag_values`},
		{"/variable", `{"payload":{"type":"tag_values","metric":[["cpu"]]}}`, `payload.metric: got [["cpu"]], want a text or an array of texts`},
		{"/variable", `{"payload":{"type":"tag_values","metric":"cpu","tag":"host","tags":{"host":{}}}}`, "payload.tags.host: got {}, want a text or an array of texts"},
		{"/variable", `{"range":7}`, "range: got number, which does not belong there"},
		{"/variable", `{"payload":{"type":"tag_values","metric":"cpu","tag":"host","filter":"/(/"}}`, "tag_values: error parsing regexp: missing closing ): `(`"},
		{"/variable", `{"payload":{"target":"metrics(/(/)"}}`, "metrics: error parsing regexp: missing closing ): `(`"},
		{"/metric-payload-options", `{"name":{}}`, "name: got {}, want the name of a field"},
		{"/annotations", `{"annotation":7}`, "annotation: got 7, want an object"},
		{"/annotations", `{"annotation":{"query":{}}}`, "annotation.query: got {}, want a text"},
		{"/annotations", `{"annotation":{"query":"e{a=b"}}`, `annotation: query: the brace of "e{a=b" is not closed`},
		{"/annotations", `{"annotation":{"query":"e{a=b,c}"}}`, `annotation: query: got "c" between braces, want tag=value`},
		{"/tag-keys", `{"filters":[{"key":"host","operator":"?","value":"a"}]}`, `filters[0].operator: got "?", want one of = != =| !=| =~ !~ < >`},
		{"/tag-values", `{"key":[]}`, "key: got [], want the name of a tag"},
		{"/tag-values", `{"key":"host","queries":[{"target":"/(/"}]}`, "A: target: error parsing regexp: missing closing ): `(`"},
	} {
		got := p.call(t, http.MethodPost, c.path, c.body)
		var body struct {
			Message string
			Errors  []string
		}
		err := json.Unmarshal([]byte(got.body), &body)
		if got.status != http.StatusBadRequest || err != nil || body.Message != c.want || len(body.Errors) != 1 || body.Errors[0] != c.want {
			t.Errorf("%s %s\ngot  %d %s\nwant 400 %s", c.path, c.body, got.status, got.body, c.want)
		}
	}
}

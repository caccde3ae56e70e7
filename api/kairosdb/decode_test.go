package kairosdb

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aion/aggregators"
)

// TestReleases shows what one release refuses or reads otherwise.
func TestReleases(t *testing.T) {
	const a0 = "query.metric[0].aggregators[0]"
	tests := []struct {
		release aggregators.Release
		body    string
		want    string // empty: taken
	}{
		{aggregators.V12, agg(`"name":"sum","sampling":{"value":0,"unit":"days"}`), a0 + ".sampling.value must be greater than or equal to 1"},
		{aggregators.V13, agg(`"name":"sum","sampling":{"value":0,"unit":"days"}`), ""},
		{aggregators.V12, agg(`"name":"score"`), a0 + ".score invalid aggregators name"},
		{aggregators.V12, agg(`"name":"sum","trim":true`), "Property 'trim' was specified for object 'sum' but no matching setter was found on 'class org.kairosdb.core.aggregator.SumAggregator'"},
		{aggregators.V12, agg(`"name":"trim","trim":"BOTH"`), ""},
		{aggregators.V12, agg(`"name":"filter","threshold":"x","filter_op":"lt"`), a0 + `.threshold For input string: "x"`},
		{aggregators.V13, agg(`"name":"filter","threshold":"x","filter_op":"lt"`), ""},
		{aggregators.V12, `{"start_relative":{"value":0,"unit":"days"},"metrics":[]}`, "start_relative.value must be greater than or equal to 1"},
		{aggregators.V12, `{"start_absolute":5,"end_absolute":-1,"metrics":[{"name":"a"}]}`, ""},
		{aggregators.V13, `{"start_absolute":5,"end_absolute":-1,"metrics":[{"name":"a"}]}`, "query.metric[0].end_time must be greater than the start time"},
		{aggregators.V13, in(`"alias":null`), ""},
	}
	for _, tt := range tests {
		t.Run(tt.release.String()+" "+tt.body, func(t *testing.T) {
			_, messages := refusal(newProtocol(t, Config{Release: tt.release}), tt.body)
			if got := strings.Join(messages, "|"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestParse compares the plans of requests that are taken.
func TestParse(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"times", `{"start_relative":{"value":"2","unit":"Hours"},"end_absolute":"1700000000000","metrics":[{"name":5}]}`,
			"5 1699992800000…1700000000000 asc\n"},
		{"absolute wins", `{"start_absolute":1.9,"start_relative":{"value":1,"unit":"days"},"metrics":[{"name":"a"}]}`,
			"a 1…9223372036854775807 asc\n"},
		{"order and limit", in(`"order":"DESC","limit":"3"`), "m1 1…9223372036854775807 desc\n  limit 3\n"},
	}
	p := newProtocol(t, Config{Release: aggregators.Develop})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, err := p.parse(strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			plan, err := p.plan(q)
			if err != nil {
				t.Fatal(err)
			}
			if got := plan.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestTagFilter shows which conditions a tag filter makes.
func TestTagFilter(t *testing.T) {
	type condition struct {
		Tag      string
		Values   []string
		Patterns []string
	}
	tests := []struct {
		tags string
		want []condition
	}{
		{`{"host":"a"}`, []condition{{Tag: "host", Values: []string{"a"}}}},
		{`{"host":["a",5,true,["b"]]}`, []condition{{Tag: "host", Values: []string{"a", "5", "true", "b"}}}},
		{`{"host":[]}`, nil},
		{`{"b":"x","a":"y"}`, []condition{{Tag: "b", Values: []string{"x"}}, {Tag: "a", Values: []string{"y"}}}},
		{`{"host":["regex:a.*","b","regex:c.*","regex:b.*"]}`,
			[]condition{{Tag: "host", Values: []string{"b"}, Patterns: []string{"c.*"}}}},
	}
	p := newProtocol(t, Config{Release: aggregators.V13})
	for _, tt := range tests {
		q, err := p.parse(strings.NewReader(in(`"tags":` + tt.tags)))
		if err != nil {
			t.Fatal(err)
		}
		var got []condition
		for _, m := range q.Metrics[0].Matchers {
			c := condition{Tag: m.Tag, Values: m.Values}
			for _, e := range m.Patterns {
				c.Patterns = append(c.Patterns, e.String())
			}
			got = append(got, c)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.tags, diff)
		}
	}
}

// TestValues shows what the properties of aggregators become.
func TestValues(t *testing.T) {
	tests := []struct{ body, want string }{
		{`"name":"rate","sampling":{"value":2,"unit":"days"},"unit":"HOURS"`, "map[sampling:{1 HOURS}]"},
		{`"name":"rate","unit":"hours","sampling":{"value":"2.0e0","unit":"days"}`, ""},
		{`"name":"rate","unit":"hours","sampling":{"value":"2","unit":"days"}`, "map[sampling:{2 DAYS}]"},
		{`"name":"sum","align_start_time":"TRUE","align_end_time":"no"`, "map[align_end_time:false align_start_time:true]"},
		{`"name":"sma","size":2.9`, "map[size:2]"},
		{`"name":"scale","factor":"1e2"`, "map[factor:100]"},
		{`"name":"filter","filter_op":"LTE","threshold":"a"`, "map[filter_op:lte threshold:a]"},
		{`"name":"filter","filter_op":"lt","threshold":{}`, "map[filter_op:lt threshold:{}]"},
		{`"name":"trim","trim":"Both"`, "map[trim:both]"},
		{`"name":"save_as","metric_name":"x","tags":{"b":1,"a":"y"},"ttl":"5"`, "map[metric_name:x tags:a=y,b=1 ttl:5]"},
		{`"name":"score","thresholds":[{"value":1,"boundary":"x"},{"value":"2","y":3}]`, "map[thresholds:[{1 x} {2 superior}]]"},
	}
	p := newProtocol(t, Config{Release: aggregators.V13})
	for _, tt := range tests {
		q, err := p.parse(strings.NewReader(agg(tt.body)))
		got := ""
		if err == nil {
			got = printed(q.Metrics[0].Aggregators[0].Values)
		}
		if !strings.EqualFold(got, tt.want) {
			t.Errorf("%s: got %s (%v), want %s", tt.body, got, err, tt.want)
		}
	}
}

// FuzzParse holds the parser to two things: it never panics, and what it takes
// can be planned.
func FuzzParse(f *testing.F) {
	f.Add(in(`"tags":{"a":["regex:x.*"]},"group_by":[{"name":"tag","tags":["a"]}]`))
	f.Add(agg(`"name":"score","thresholds":[{"value":1,"boundary":"inferior"}],"order":"descending"`))
	f.Add(group(`"name":"time","range_size":{"value":1,"unit":"days"},"group_count":7,"start_date":5`))
	f.Add(`{start_relative={value:1e3;unit=>'weeks'},cache_time:"1",time_zone:"+02:00",metrics:[,]}`)
	p := newProtocol(f, Config{Release: aggregators.Develop})
	f.Fuzz(func(t *testing.T, body string) {
		q, err := p.parse(strings.NewReader(body))
		if err != nil {
			if _, ok := errors.AsType[*Fault](err); !ok {
				t.Fatalf("got %v, want a fault", err)
			}
			return
		}
		if _, err := p.plan(q); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
	})
}

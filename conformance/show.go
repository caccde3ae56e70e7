package conformance

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// width is where the points of a shown result continue on a line of their own.
const width = 100

// answer is what KairosDB's query endpoints send.
type answer struct {
	Queries []struct {
		SampleSize *json.Number `json:"sample_size"`
		Results    []result     `json:"results"`
	} `json:"queries"`
	Errors []*string `json:"errors"`
}

// result is one group of an answer.
type result struct {
	Name    string               `json:"name"`
	Alias   *string              `json:"alias"`
	GroupBy []json.RawMessage    `json:"group_by"`
	Tags    json.RawMessage      `json:"tags"`
	Values  [][2]json.RawMessage `json:"values"`
}

// showQuery is a query's answer in short: a line for each group with its name,
// tags, what it is grouped by, and points. The type is named where it is not
// number, and "untyped" where there is none.
func showQuery(status int, body []byte, loc *time.Location) string {
	var a answer
	if status != 200 || json.Unmarshal(body, &a) != nil {
		return showError(status, body)
	}
	var b strings.Builder
	for _, q := range a.Queries {
		if len(q.Results) == 0 {
			b.WriteString("no group\n")
		}
		for i := range q.Results {
			b.WriteString(showResult(&q.Results[i], loc))
		}
	}
	return b.String()
}

// showResult is one group in short.
func showResult(r *result, loc *time.Location) string {
	head := r.Name
	if r.Alias != nil {
		head += " alias=" + *r.Alias
	}
	head += showTags(r.Tags)
	typed := false
	for _, g := range r.GroupBy {
		text, isType := showGroup(g)
		typed, head = typed || isType, head+text
	}
	if !typed {
		head += " untyped"
	}
	return showPoints(head, r.Values, loc)
}

// showPoints puts points behind a head, in as many lines as that takes.
func showPoints(head string, values [][2]json.RawMessage, loc *time.Location) string {
	var b strings.Builder
	line := head
	for _, v := range values {
		var at int64
		p := string(v[0])
		if json.Unmarshal(v[0], &at) == nil {
			p = formatTime(at, loc)
		}
		p += " " + string(v[1])
		if len(line)+len(p)+2 > width {
			b.WriteString(line + "\n")
			line = "  "
		}
		line += "  " + p
	}
	return b.String() + line + "\n"
}

// showTags are the tags of a group: host=[a,b] dc=[x].
func showTags(raw json.RawMessage) string {
	list, err := members(raw)
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, m := range list {
		var values []string
		if json.Unmarshal(m.Value, &values) != nil {
			return " tags=" + string(raw)
		}
		fmt.Fprintf(&b, " %s=[%s]", m.Name, strings.Join(values, ","))
	}
	return b.String()
}

// showGroup is one entry of group_by in short, and whether it is the type's.
func showGroup(raw json.RawMessage) (text string, isType bool) {
	var g struct {
		Name, Type string
		Tags       []string
		RangeSize  json.RawMessage `json:"range_size"`
		Count      json.Number     `json:"group_count"`
		Bins       json.RawMessage
		Group      json.RawMessage
	}
	if json.Unmarshal(raw, &g) != nil {
		return " by " + string(raw), false
	}
	group := ""
	list, _ := members(g.Group)
	for _, m := range list {
		group = strings.TrimPrefix(group+","+m.Name+"="+strings.Trim(string(m.Value), `"`), ",")
	}
	_, number, _ := strings.Cut(group, "=")
	switch g.Name {
	case "type":
		if g.Type == "number" {
			return "", true
		}
		return " " + g.Type, true
	case "tag":
		return " by " + group, false
	case "value":
		return fmt.Sprintf(" by value/%s:%s", g.RangeSize, number), false
	case "bin":
		return fmt.Sprintf(" by bin%s:%s", g.Bins, number), false
	case "time":
		return fmt.Sprintf(" by time/%s%%%s:%s", showSpan(g.RangeSize), g.Count, number), false
	}
	return " by " + string(raw), false
}

// showSpan is an amount of a unit: 1HOURS.
func showSpan(raw json.RawMessage) string {
	var s struct {
		Value json.Number
		Unit  string
	}
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s.Value.String() + s.Unit
}

// showSamples are the sample sizes of a query's answer, a line each.
func showSamples(status int, body []byte) string {
	var a answer
	if status != 200 || json.Unmarshal(body, &a) != nil {
		return showError(status, body)
	}
	var b strings.Builder
	for _, q := range a.Queries {
		if q.SampleSize == nil {
			b.WriteString("none\n")
			continue
		}
		b.WriteString(q.SampleSize.String() + "\n")
	}
	return b.String()
}

// showNames is a list of results, a line each.
func showNames(status int, body []byte) string {
	var a struct{ Results []string }
	if status != 200 || json.Unmarshal(body, &a) != nil {
		return showError(status, body)
	}
	if len(a.Results) == 0 {
		return "none\n"
	}
	return strings.Join(a.Results, "\n") + "\n"
}

// showError is a status with the texts of its errors, a line each.
func showError(status int, body []byte) string {
	var a answer
	if json.Unmarshal(body, &a) != nil || len(a.Errors) == 0 {
		return strings.TrimSpace(fmt.Sprintf("%d %s", status, body)) + "\n"
	}
	var b strings.Builder
	for _, e := range a.Errors {
		text := "null"
		if e != nil {
			text = strings.ReplaceAll(*e, "\n", `\n`)
		}
		fmt.Fprintf(&b, "%d %s\n", status, text)
	}
	return b.String()
}

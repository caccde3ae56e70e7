package grafana

import (
	"encoding/json"
	"slices"
	"strings"

	"aion/aggregators"
	"aion/storage/points"
)

// wordOf reads an option of which one is chosen.
func wordOf(name string, raw json.RawMessage) (string, error) {
	text, ok := textOf(raw)
	if !ok || !slices.Contains(words[name], text) {
		return "", bad("payload.%s: got %s, want one of %s", name, shown(raw), strings.Join(words[name], ", "))
	}
	return text, nil
}

// formatOf reads the form of an answer, by older plugins' words, too.
func formatOf(raw json.RawMessage) (string, error) {
	switch text, _ := textOf(raw); text {
	case "timeseries", "timeserie":
		return formSeries, nil
	}
	return wordOf("format", raw)
}

// labelOf reads an option that is a text, in which values of variables are escaped.
func labelOf(name string, raw json.RawMessage) (string, error) {
	text, ok := textOf(raw)
	if !ok {
		return "", bad("payload.%s: got %s, want a text", name, shown(raw))
	}
	return unescaped(text), nil
}

// samplingOf reads a step: auto (nil), 5m, or KairosDB's object.
func samplingOf(place string, raw json.RawMessage) (*points.Span, error) {
	inner, _ := embedded(raw)
	text, ok := textOf(inner)
	if ok && (text == "" || text == "auto") {
		return nil, nil
	}
	if !ok {
		var object struct{ Value, Unit json.RawMessage }
		if json.Unmarshal(inner, &object) == nil {
			value, _ := textOf(object.Value)
			unit, _ := textOf(object.Unit)
			text = value + " " + unit
		}
	}
	s, ok := parseSpan(text)
	if !ok {
		return nil, bad(`%s: got %s, want auto, a length such as 5m, or {"value":5,"unit":"minutes"}`, place, shown(raw))
	}
	return &s, nil
}

// chainOf reads a list of aggregators: each is an object in KairosDB's words,
// whose sampling may be auto or a length such as 5m, too. In what was written in the
// editor the values of variables are escaped.
func chainOf(place string, raw json.RawMessage) ([]members, error) {
	inner, written := embedded(raw)
	if inner[0] == '{' {
		inner = json.RawMessage("[" + string(inner) + "]")
	}
	var chain []members
	if err := json.Unmarshal(inner, &chain); err != nil || slices.ContainsFunc(chain, func(m members) bool { return m == nil }) {
		return nil, bad("%s: got %s, want an array of objects", place, shown(raw))
	}
	for _, a := range chain {
		if written {
			for name, value := range a {
				a[name] = plain(value)
			}
		}
		sampling, ok := a["sampling"]
		if !ok || len(sampling) == 0 || sampling[0] != '"' {
			continue
		}
		s, err := samplingOf(place+".sampling", sampling)
		if err != nil {
			return nil, err
		}
		if delete(a, "sampling"); s != nil {
			a["sampling"] = samplingText(*s)
		}
	}
	return chain, nil
}

// samplingText is a length in KairosDB's JSON.
func samplingText(s points.Span) json.RawMessage {
	text, _ := json.Marshal(map[string]any{"value": s.Value, "unit": s.Unit.String()}) // of a number and a text
	return text
}

// groupersOf reads what groups series: KairosDB's list, in which the name of a
// tag stands for grouping by it.
func groupersOf(raw json.RawMessage) (json.RawMessage, error) {
	inner, _ := embedded(raw)
	var items []json.RawMessage
	switch {
	case inner[0] != '[':
		items = []json.RawMessage{inner}
	case json.Unmarshal(inner, &items) != nil:
		return nil, bad("payload.group_by: got %s, want an array", shown(raw))
	}
	list := []any{}
	var tags []string
	for _, item := range items {
		text, ok := textOf(item)
		switch {
		case !ok && item[0] == '{':
			list = append(list, item)
		case !ok || !present(item):
			return nil, bad("payload.group_by: got %s, want names of tags or KairosDB's groupers", shown(raw))
		case text != "":
			tags = append(tags, choices(text)...)
		}
	}
	if len(tags) > 0 {
		list = slices.Insert(list, 0, any(map[string]any{"name": "tag", "tags": tags}))
	}
	return json.Marshal(list)
}

// tagsOf reads KairosDB's filter of tags. In what was written in the editor the
// values of variables are escaped, and alternatives of them are several values.
func tagsOf(raw json.RawMessage) (json.RawMessage, error) {
	inner, written := embedded(raw)
	wrong := bad(`payload.tags: got %s, want an object such as {"host":["a","b"]}`, shown(raw))
	var all members
	if json.Unmarshal(inner, &all) != nil || all == nil {
		return nil, wrong
	}
	if !written {
		return raw, nil
	}
	tags, ok := chosen(all)
	if !ok {
		return nil, wrong
	}
	return json.Marshal(tags)
}

// expressed is what a value of a tag begins with that is an expression, unless
// the server was told otherwise.
const expressed = "regex:"

// chosen are tags with the values that Grafana wrote for variables, several for
// alternatives. What it wrote into an expression is one.
func chosen(all members) (tags map[string][]string, ok bool) {
	tags = map[string][]string{}
	for name, value := range all {
		texts, ok := textsOf(value)
		if !ok {
			return nil, false
		}
		tags[name] = []string{}
		for _, text := range texts {
			several := []string{text}
			if !strings.HasPrefix(text, expressed) {
				several = choices(text)
			}
			tags[name] = append(tags[name], several...)
		}
	}
	return tags, true
}

// zoneOf finds a zone by its name.
func zoneOf(place, name string) (*aggregators.Zone, error) {
	zone, err := aggregators.LoadZone(name)
	if err != nil {
		return nil, bad("%s: got %q, want a time zone such as Europe/Berlin", place, name)
	}
	return zone, nil
}

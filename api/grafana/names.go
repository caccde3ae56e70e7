package grafana

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"

	"aion/storage"
)

// mostMetrics is how many metrics one target may name.
const mostMetrics = 100

// meta are the characters before which Grafana puts a backslash where it writes
// the value of a variable into a text.
const meta = `\^$*+?.()|{}[]/`

// unescaped is a text without the backslashes before such characters.
func unescaped(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && strings.IndexByte(meta, text[i+1]) >= 0 {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// choice is a text that begins with alternatives in parentheses, or with something
// before them: what Grafana makes of a variable with several values.
var choice = regexp.MustCompile(`^((?:[^()\\|]|\\.)*)\(((?:[^()\\]|\\.)*)\)`)

// bar is an alternative up to the bar behind it.
var bar = regexp.MustCompile(`(?:[^\\|]|\\.)*(?:\||$)`)

// fixed is a text without alternatives.
var fixed = regexp.MustCompile(`^(?:[^()\\|]|\\.)*$`)

// The most variables with several values that a text may have, and the most texts
// that several of them together may stand for.
const (
	mostChoices      = 8
	mostCombinations = 10_000
)

// mostCombined is how many bytes longer than twice a text those are together that it
// stands for, at most: what stands beside an alternative comes with each of them.
const mostCombined = 1 << 20

// alternatives are the texts that a text with alternatives stands for, without
// escapes: all combinations where there are several. It is not ok where there are
// none.
func alternatives(text string) (all []string, ok bool) { return combined(text, mostChoices) }

// combined are the alternatives of a text with up to so many of them.
func combined(text string, most int) (all []string, ok bool) {
	parts := choice.FindStringSubmatch(text)
	if parts == nil || !strings.Contains(parts[2], "|") || most == 0 {
		return nil, false
	}
	tail := text[len(parts[0]):]
	tails, several := []string{unescaped(tail)}, false
	if !fixed.MatchString(tail) {
		if tails, several = combined(tail, most-1); !several {
			return nil, false
		}
	}
	room := mostCombined + 2*len(text)
	for _, one := range bar.FindAllString(parts[2], -1) {
		head := unescaped(parts[1] + strings.TrimSuffix(one, "|"))
		for _, tail := range tails {
			if room -= len(head) + len(tail); room < 0 {
				return nil, false
			}
			all = append(all, head+tail)
		}
		if several && len(all) > mostCombinations {
			return nil, false
		}
	}
	return all, true
}

// choices are the texts that a value of the editor stands for.
func choices(text string) []string {
	if all, ok := alternatives(text); ok {
		return all
	}
	return []string{unescaped(text)}
}

// metricsOf are the metrics that a target names. A metric of just that name comes
// before everything that the text might mean otherwise. Where it means nothing
// that is there, it is the name of a metric without points.
func metricsOf(ctx context.Context, store storage.Reader, text string) ([]string, error) {
	plain := unescaped(text)
	for _, name := range slices.Compact([]string{text, plain}) {
		if there, err := exists(ctx, store, name); err != nil || there {
			return []string{name}, err
		}
	}
	if all, ok := alternatives(text); ok {
		if len(all) > mostMetrics {
			return nil, bad("target: it names %d metrics, want at most %d", len(all), mostMetrics)
		}
		return all, nil
	}
	if expression, ok := expression(text); ok {
		return matching(ctx, store, expression)
	}
	return []string{plain}, nil
}

// expression is what stands between slashes.
func expression(text string) (string, bool) {
	if len(text) < 3 || text[0] != '/' || text[len(text)-1] != '/' {
		return "", false
	}
	return text[1 : len(text)-1], true
}

// exists tells whether there is a metric of that name.
func exists(ctx context.Context, store storage.Reader, name string) (bool, error) {
	for _, err := range store.Metrics(ctx, storage.Selection{Metrics: []string{name}}) {
		return err == nil, err
	}
	return false, nil
}

// matching are the metrics whose names fit an expression as a whole.
func matching(ctx context.Context, store storage.Reader, expression string) ([]string, error) {
	pattern, err := storage.NewPattern(expression)
	if err != nil {
		return nil, bad("target: %v", err)
	}
	var names []string
	for name, err := range store.Metrics(ctx, storage.Selection{}) {
		switch {
		case err != nil:
			return nil, err
		case !pattern.Match(name):
		case len(names) == mostMetrics:
			return nil, bad("target: more than %d metrics fit /%s/", mostMetrics, expression)
		default:
			names = append(names, name)
		}
	}
	return names, nil
}

// gather takes up to most texts.
func gather(texts iter.Seq2[string, error], most int, wanted func(string) bool) ([]string, error) {
	list := []string{}
	for text, err := range texts {
		if err != nil {
			return nil, err
		}
		if len(list) == most {
			break
		}
		if wanted == nil || wanted(text) {
			list = append(list, text)
		}
	}
	return list, nil
}

// pasted are the metrics of a target that is a query in KairosDB's JSON: one
// metric, or a whole query, whose times play no part. zone is what the query
// names.
func pasted(text string) (metrics []members, zone json.RawMessage, err error) {
	var whole members
	if err := json.Unmarshal([]byte(lawful(text)), &whole); err != nil {
		return nil, nil, bad("target: it begins like JSON and is none: %v", err)
	}
	list, ok := whole["metrics"]
	if !ok {
		return []members{whole}, nil, nil
	}
	if err := json.Unmarshal(list, &metrics); err != nil || slices.ContainsFunc(metrics, func(m members) bool { return m == nil }) {
		return nil, nil, bad("target.metrics: got %s, want an array of objects", shown(list))
	}
	if len(metrics) > mostMetrics {
		return nil, nil, bad("target.metrics: got %d, want at most %d", len(metrics), mostMetrics)
	}
	return metrics, whole["time_zone"], nil
}

// filledIn are metrics of a pasted query with what Grafana wrote into them for
// variables: a name that stands for several metrics is one metric for each, and
// values of tags are all that they stand for.
func filledIn(ctx context.Context, store storage.Reader, metrics []members) ([]members, error) {
	var all []members
	for _, m := range metrics {
		if tags := m["tags"]; bytes.ContainsAny(tags, `\|`) {
			var given members
			if json.Unmarshal(tags, &given) == nil {
				if values, ok := chosen(given); ok {
					m["tags"], _ = json.Marshal(values) // of texts
				}
			}
		}
		name, ok := textOf(m["name"])
		if !ok || !strings.ContainsAny(name, `\|`) {
			all = append(all, m)
			continue
		}
		names, err := metricsOf(ctx, store, name)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			one := maps.Clone(m)
			one["name"], _ = json.Marshal(name) // of a text
			all = append(all, one)
		}
		if len(all) > mostMetrics {
			return nil, bad("target: it names %d metrics or more, want at most %d", len(all), mostMetrics)
		}
	}
	return all, nil
}

// members are those of an object as they are written.
type members map[string]json.RawMessage

package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Check compares an answer with what KairosDB answers. It returns what differs,
// a line each, or nothing. sample_size may stand anywhere.
func (e *Expectation) Check(status int, body []byte) []string {
	if status != e.Status {
		return []string{fmt.Sprintf("status: got %d, want %d: %.200s", status, e.Status, body)}
	}
	if status != 200 {
		return e.checkErrors(body)
	}
	var got struct {
		Queries []struct {
			SampleSize json.Number `json:"sample_size"`
			Results    json.RawMessage
		}
	}
	if err := json.Unmarshal(body, &got); err != nil || len(got.Queries) != 1 {
		return []string{fmt.Sprintf("body: %v: %.200s", err, body)}
	}
	var problems []string
	if q := got.Queries[0]; q.SampleSize != e.SampleSize {
		problems = append(problems, fmt.Sprintf("sample_size: got %s, want %s", q.SampleSize, e.SampleSize))
	}
	problems = append(problems, e.checkText(got.Queries[0].Results)...)
	return append(problems, e.checkResults(got.Queries[0].Results)...)
}

// checkErrors compares the messages of an error.
func (e *Expectation) checkErrors(body []byte) []string {
	var got struct{ Errors []*string }
	if err := json.Unmarshal(body, &got); err != nil {
		return []string{fmt.Sprintf("body: %v: %.200s", err, body)}
	}
	g, w := texts(got.Errors), texts(e.Errors)
	ok := true
	switch e.ErrorsMatch {
	case "exact":
		ok = slices.Equal(g, w)
	case "unordered":
		slices.Sort(g)
		slices.Sort(w)
		ok = slices.Equal(g, w)
	case "prefix":
		ok = slices.EqualFunc(g, w, strings.HasPrefix)
	}
	if ok {
		return nil
	}
	return []string{fmt.Sprintf("errors: got %.300q, want %.300q", g, w)}
}

// texts are messages, "null" for a null.
func texts(list []*string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = "null"
		if s != nil {
			out[i] = *s
		}
	}
	return out
}

// checkText compares the results character by character with the recorded body.
func (e *Expectation) checkText(got json.RawMessage) []string {
	if e.Body == "" {
		return nil
	}
	var want struct {
		Queries []struct{ Results json.RawMessage }
	}
	if err := json.Unmarshal([]byte(e.Body), &want); err != nil || len(want.Queries) != 1 {
		return []string{fmt.Sprintf("recorded body: %v", err)}
	}
	w := want.Queries[0].Results
	if bytes.Equal(got, w) {
		return nil
	}
	if sorted, err := sortedTags(w); err == nil && bytes.Equal(got, sorted) {
		return []string{"order of tags: " + firstDifference(string(got), string(w))}
	}
	return []string{"text: " + firstDifference(string(got), string(w))}
}

// sortedTags is a list of results with the names and values of tags in order.
func sortedTags(results json.RawMessage) ([]byte, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(results, &list); err != nil {
		return nil, err
	}
	out := results
	for _, r := range list {
		var one struct{ Tags json.RawMessage }
		if err := json.Unmarshal(r, &one); err != nil {
			return nil, err
		}
		tags, err := inOrder(one.Tags)
		if err != nil {
			return nil, err
		}
		out = bytes.Replace(out, append([]byte(`"tags":`), one.Tags...), append([]byte(`"tags":`), tags...), 1)
	}
	return out, nil
}

// inOrder is an object of tags with names and values in order.
func inOrder(raw json.RawMessage) ([]byte, error) {
	var tags map[string][]string
	if err := json.Unmarshal(raw, &tags); err != nil {
		return nil, err
	}
	for _, values := range tags {
		slices.Sort(values)
	}
	return json.Marshal(tags)
}

// firstDifference shows where two texts part.
func firstDifference(got, want string) string {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	from := max(0, i-40)
	return fmt.Sprintf("at %d: got …%.120s, want …%.120s", i, got[from:], want[from:])
}

// checkResults compares groups, tags and points in their order, doubles by
// their bits.
func (e *Expectation) checkResults(raw json.RawMessage) []string {
	var got []struct {
		GroupBy []json.RawMessage `json:"group_by"`
		Tags    json.RawMessage
		Values  [][2]json.RawMessage
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		return []string{"results: " + err.Error()}
	}
	if len(got) != len(e.Results) {
		return []string{fmt.Sprintf("results: got %d, want %d", len(got), len(e.Results))}
	}
	var problems []string
	for i, want := range e.Results {
		at := fmt.Sprintf("result %d: ", i)
		if g, w := joined(got[i].GroupBy), want.GroupBy; !sameJSON(g, w) {
			problems = append(problems, fmt.Sprintf("%sgroup_by: got %s, want %s", at, g, w))
		}
		// Whether tags are left out shows in the text, where that was recorded.
		leftOut := len(got[i].Tags) == 0 && e.Body != ""
		if g, w := got[i].Tags, want.Tags; !leftOut && !sameTags(g, w) {
			problems = append(problems, fmt.Sprintf("%stags: got %s, want %s", at, g, w))
		}
		if p := checkPoints(got[i].Values, want.Points); p != "" {
			problems = append(problems, at+p)
		}
	}
	return problems
}

// joined is a list of JSON values as a JSON array.
func joined(list []json.RawMessage) json.RawMessage {
	return append(append([]byte("["), bytes.Join(rawBytes(list), []byte(","))...), ']')
}

// rawBytes are raw values as bytes.
func rawBytes(list []json.RawMessage) [][]byte {
	out := make([][]byte, len(list))
	for i := range list {
		out[i] = list[i]
	}
	return out
}

// sameTags tells whether two objects of tags have the same names and values.
// Their order is checked by the recorded text.
func sameTags(a, b json.RawMessage) bool {
	x, errX := inOrder(a)
	y, errY := inOrder(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// sameJSON tells whether two texts are the same JSON value.
func sameJSON(a, b []byte) bool {
	x, errX := decode(a)
	y, errY := decode(b)
	return errX == nil && errY == nil && sameValue(x, y)
}

// checkPoints compares points and tells the first difference, or nothing.
func checkPoints(got [][2]json.RawMessage, want [][]json.RawMessage) string {
	for i, w := range want {
		if i >= len(got) {
			break
		}
		if string(got[i][0]) != string(w[0]) || !samePoint(got[i][1], w[1:]) {
			return fmt.Sprintf("point %d: got [%s,%s], want %s", i, got[i][0], got[i][1], w)
		}
	}
	if len(got) != len(want) {
		return fmt.Sprintf("points: got %d, want %d", len(got), len(want))
	}
	return ""
}

// samePoint compares a printed value with one of a vector: kind, value, bits.
func samePoint(got json.RawMessage, want []json.RawMessage) bool {
	switch strings.Trim(string(want[0]), `"`) {
	case "double":
		g, err := strconv.ParseFloat(string(got), 64)
		return err == nil && math.Float64bits(g) == doubleBits(want)
	case "complex":
		return bytes.HasPrefix(got, []byte("{"))
	}
	return sameJSON(got, want[1])
}

// doubleBits are the bits of a double of a vector.
func doubleBits(want []json.RawMessage) uint64 {
	if len(want) > 2 {
		bits, err := strconv.ParseUint(strings.Trim(string(want[2]), `"`), 0, 64)
		if err == nil {
			return bits
		}
	}
	v, err := strconv.ParseFloat(string(want[1]), 64)
	if err != nil {
		return math.Float64bits(math.NaN())
	}
	return math.Float64bits(v)
}

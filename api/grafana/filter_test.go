package grafana

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// condition is an ad hoc filter of the random panels.
type condition struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Value    string   `json:"value"`
	Values   []string `json:"values,omitempty"`
}

// holds is what the protocol's page says of a filter, for a series with some tags.
func (c *condition) holds(tags map[string]string) bool {
	value, there := tags[c.Key]
	number, _ := strconv.ParseFloat(value, 64)
	bound, _ := strconv.ParseFloat(strings.TrimSpace(c.Value), 64)
	switch c.Operator {
	case "=":
		return there && value == c.Value
	case "!=":
		return !there || value != c.Value
	case "=|":
		return there && slices.Contains(c.Values, value)
	case "!=|":
		return !there || !slices.Contains(c.Values, value)
	case "=~":
		return there && regexp.MustCompile(`^(?:`+c.Value+`)$`).MatchString(value)
	case "!~":
		return !there || !regexp.MustCompile(`^(?:`+c.Value+`)$`).MatchString(value)
	case "<":
		return there && number < bound
	}
	return there && number > bound
}

// newCondition is a random filter.
func newCondition(r *rand.Rand) condition {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	c := condition{Key: pick("host", "dc", "n", "none"), Operator: pick("=", "!=", "=|", "!=|", "=~", "!~", "<", ">")}
	switch c.Operator {
	case "=|", "!=|":
		c.Values = []string{pick("a", "x", "5", "nobody"), pick("b", "y", "-1")}
		c.Value = c.Values[0]
	case "=~", "!~":
		c.Value = pick("a|b", "[a-x]", ".*", "", "1.*", "b.+", "-?[0-9.]+")
	case "<", ">":
		c.Key, c.Value = pick("n", "none"), pick("5", "-1", "1e1", " 7.5 ")
	default:
		c.Value = pick("a", "b.c", "x", "5", "nobody")
	}
	return c
}

// TestRandomFilters compares the series that random filters leave, and the values
// that they leave of a tag, with what the filters say series by series.
func TestRandomFilters(t *testing.T) {
	p, r := newTested(t), rand.New(rand.NewPCG(5, 3))
	var series []map[string]string
	for _, host := range []string{"", "a", "b", "b.c"} {
		for _, dc := range []string{"", "x", "y"} {
			for _, n := range []string{"", "5", "10", "-1", "7.5"} {
				tags := map[string]string{"all": "1"}
				for name, value := range map[string]string{"host": host, "dc": dc, "n": n} {
					if value != "" {
						tags[name] = value
					}
				}
				series = append(series, tags)
				p.put(t, "m", tags, epoch, 1000, 1)
			}
		}
	}
	for range 400 {
		conditions := make([]condition, 1+r.IntN(3))
		for i := range conditions {
			conditions[i] = newCondition(r)
		}
		text, _ := json.Marshal(conditions)
		member := []string{"filters", "adhocFilters"}[r.IntN(2)]
		body := fmt.Sprintf(`{%s,%q:%s,"targets":[{"target":"m","payload":{"group_by":["host","dc","n"]}}]}`, hourRange, member, text)
		if got, want := names(t, p.post(t, "/query", body), "target"), shownBy(series, conditions); !slices.Equal(got, want) {
			t.Fatalf("%s:\ngot  %q\nwant %q", body, got, want)
		}
		body = fmt.Sprintf(`{"key":"n","queries":[{"target":"m"}],"filters":%s}`, text)
		if got, want := names(t, p.post(t, "/tag-values", body), "text"), valuesBy(series, conditions, "n"); !slices.Equal(got, want) {
			t.Fatalf("%s:\ngot  %q\nwant %q", body, got, want)
		}
	}
}

// names are the texts of a member of the elements of an answer, sorted.
func names(t *testing.T, body, member string) (list []string) {
	t.Helper()
	var all []map[string]any
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		list = append(list, one[member].(string))
	}
	slices.Sort(list)
	return list
}

// shownBy are the names of the series for which all filters hold; the metric's
// where there are none.
func shownBy(series []map[string]string, conditions []condition) (list []string) {
	for _, tags := range series {
		if !slices.ContainsFunc(conditions, func(c condition) bool { return !c.holds(tags) }) {
			list = append(list, fmt.Sprintf("m host=%s dc=%s n=%s", tags["host"], tags["dc"], tags["n"]))
		}
	}
	if list == nil {
		return []string{"m"}
	}
	slices.Sort(list)
	return list
}

// valuesBy are the values that a tag has where all filters on other tags hold.
func valuesBy(series []map[string]string, conditions []condition, tag string) (list []string) {
	for _, tags := range series {
		value, there := tags[tag]
		if there && !slices.ContainsFunc(conditions, func(c condition) bool { return c.Key != tag && !c.holds(tags) }) {
			list = append(list, value)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

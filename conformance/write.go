package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// errWrite says how a write step looks.
var errWrite = errors.New("a write is: write METRIC TAG=VALUE … :type=TYPE :ttl=SECONDS  TIME VALUE  FROM..TO/STEP VALUE …")

// parseWrite turns the words of a write step into a body for ingest.
func parseWrite(args string, loc *time.Location) (string, error) {
	head, points, _ := strings.Cut(args, "  ")
	words := strings.Fields(head)
	if len(words) < 2 {
		return "", errWrite
	}
	tags, options, err := parseTags(words[1:])
	if err != nil {
		return "", err
	}
	list, err := parsePoints(points, loc)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`[{"name":%s,"tags":{%s},"datapoints":[%s]%s}]`,
		quote(words[0]), strings.Join(tags, ","), strings.Join(list, ","), strings.Join(options, "")), nil
}

// parseTags sorts the words behind the metric into members of tags and members
// of the metric.
func parseTags(words []string) (tags, options []string, err error) {
	for _, w := range words {
		name, value, ok := strings.Cut(w, "=")
		switch {
		case !ok:
			return nil, nil, errWrite
		case name == ":ttl":
			options = append(options, `,"ttl":`+value)
		case name == ":type":
			options = append(options, `,"type":`+quote(value))
		default:
			tags = append(tags, quote(name)+":"+quote(value))
		}
	}
	return tags, options, nil
}

// parsePoints reads points that two blanks set apart.
func parsePoints(s string, loc *time.Location) ([]string, error) {
	var list []string
	for p := range strings.SplitSeq(s, "  ") {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		at, value, ok := strings.Cut(p, " ")
		if !ok {
			return nil, errWrite
		}
		times, err := parseTimes(at, loc)
		if err != nil {
			return nil, err
		}
		for _, ms := range times {
			list = append(list, fmt.Sprintf("[%d,%s]", ms, strings.TrimSpace(value)))
		}
	}
	return list, nil
}

// maxTimes is how many times FROM..TO/STEP may stand for.
const maxTimes = 100_000

// parseTimes reads a time, or FROM..TO/STEP for many.
func parseTimes(s string, loc *time.Location) ([]int64, error) {
	from, rest, many := strings.Cut(s, "..")
	at, err := parseTime(from, loc)
	if err != nil || !many {
		return []int64{at}, err
	}
	to, step, _ := strings.Cut(rest, "/")
	last, err := parseTime(to, loc)
	if err != nil {
		return nil, err
	}
	by, err := parseTime(step, loc)
	if err != nil {
		return nil, err
	}
	if by <= 0 || last < at || (last-at)/by >= maxTimes {
		return nil, fmt.Errorf("%s stands for no times or for too many", s)
	}
	var times []int64
	for ; at <= last; at += by {
		times = append(times, at)
	}
	return times, nil
}

// quote is s as a JSON string.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

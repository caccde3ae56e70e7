package main

import (
	"fmt"
	"strings"
	"time"

	"aion/storage/pebble"
)

// keepRule is how long points of the metrics with a prefix are kept.
type keepRule pebble.Rule

// UnmarshalText reads a prefix of metrics, which may be empty, and an age:
// sensors.=90d.
func (r *keepRule) UnmarshalText(text []byte) error {
	i := strings.LastIndexByte(string(text), '=')
	var keep span
	if i < 0 || keep.UnmarshalText(text[i+1:]) != nil {
		return fmt.Errorf("got %q, want PREFIX=AGE such as sensors.=90d", text)
	}
	r.Prefix, r.Keep = string(text[:i]), time.Duration(keep)
	return nil
}

// rules are the settings as the embedded engine takes them. Two for one prefix are
// a mistake.
func (s *serveCommand) rules() ([]pebble.Rule, error) {
	var rules []pebble.Rule
	seen := map[string]bool{}
	for _, r := range s.Retention {
		if seen[r.Prefix] {
			return nil, fmt.Errorf("--retention: there are two rules for metrics that begin with %q, want one", r.Prefix)
		}
		seen[r.Prefix] = true
		rules = append(rules, pebble.Rule(r))
	}
	return rules, nil
}

package access

import (
	"slices"
	"strings"
)

// scopes are the things of Connio's table of scopes and what can be done with
// each.
var scopes = map[string]string{
	"account":       "read",
	"subaccount":    "create read modify delete",
	"user":          "create read modify delete",
	"apiclient":     "create read modify delete",
	"deviceprofile": "create read modify delete",
	"device":        "create read modify delete read-data write-data execute",
	"appprofile":    "create read modify delete",
	"app":           "create read modify delete read-data write-data execute",
}

// Known tells whether the scope permits anything. Others are kept, since keys of
// old kits carry them.
func (s Scope) Known() bool {
	thing, action, ok := strings.Cut(string(s.plain()), ":")
	return ok && slices.Contains(strings.Fields(scopes[thing]), action)
}

// Unknown are those of the scopes that permit nothing.
func Unknown(all []Scope) []Scope {
	var unknown []Scope
	for _, s := range all {
		if !s.Known() {
			unknown = append(unknown, s)
		}
	}
	return unknown
}

package storage_test

import (
	"regexp"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestPatternPrefix: an index can seek by the literal that a pattern begins with.
func TestPatternPrefix(t *testing.T) {
	tests := []struct {
		text, prefix string
		whole        bool
	}{
		{"", "", false},
		{"abc", "abc", true},
		{`a\.b`, "a.b", true},
		{`\Qa.b\E`, "a.b", true},
		{"a{3}", "aaa", true},
		{"server-.*", "server-", false},
		{"server-[01]", "server-", false},
		{"ab*", "a", false},
		{"ab?c", "a", false},
		{"a|b", "", false},
		{"ab|ac", "a", false},
		{"ab|a", "a", false},
		{"(ab)c", "", false},
		{"(?i)abc", "", false},
		{"ab(?i)c", "ab", false},
		{"^abc", "", false},
		{"abc$", "abc", false},
		{"größe.", "größe", false},
		{".*", "", false},
	}
	for _, tt := range tests {
		p, err := storage.NewPattern(tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if prefix, whole := p.Prefix(); prefix != tt.prefix || whole != tt.whole {
			t.Errorf("%q has the prefix %q, whole %t, want %q, %t", tt.text, prefix, whole, tt.prefix, tt.whole)
		}
	}
}

// TestPatternMatch: a pattern fits whole values only.
func TestPatternMatch(t *testing.T) {
	tests := []struct {
		text, value string
		want        bool
	}{
		{"abc", "abc", true}, {"abc", "abcd", false}, {"abc", "xabc", false}, {"a|ab", "ab", true}, {"a|b", "ab", false},
		{"a.c", "abc", true}, {"a.c", "a\nc", false}, {"(?s)a.c", "a\nc", true}, {"a.*", "a", true}, {"", "", true}, {"", "a", false},
		{"(?i)abc", "aBC", true}, {"(?m)^a$", "a\nb", false}, {"a$", "a\n", false},
		{`a\Qb)`, "ab)", true}, {"(?m)^a$", "a", true}, {"(?-s)a.c", "a\nc", false}, {"é+", "éé", true},
		{"ab.*", "abc", true}, {"ab.*", "ab", true}, {"ab.*", "ac", false}, {"ab.*", "abc\nd", false}, {"ab.*", "ab\n", false},
		{"ab.*?", "abc", true}, {"(?s)ab.*", "ab\nc", true}, {"(?i)ab.*", "ABC", true}, {"ab.+", "ab", false}, {"ab.*", "ab\xff", true},
	}
	for _, tt := range tests {
		p, err := storage.NewPattern(tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if got := p.Match(tt.value); got != tt.want {
			t.Errorf("%q fits %q: %t, want %t", tt.text, tt.value, got, tt.want)
		}
	}
}

// TestPatternError: the error speaks of the expression as it was given.
func TestPatternError(t *testing.T) {
	for _, text := range []string{"(", "a)(b", "[", "*", `\p`, "a{9999}", "(?<!a)b"} {
		_, err := storage.NewPattern(text)
		_, want := regexp.Compile(text)
		if err == nil || err.Error() != want.Error() {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

// FuzzPattern: a pattern that compiles fits exactly the values that are the
// longest match of its expression, and those begin with its prefix.
func FuzzPattern(f *testing.F) {
	for _, text := range []string{"abc", "a|ab", "server-0[1-3]", "(?i)x+", "a{2,3}", `\Qa.b\E.`, "(?s).*", "^a$", "é*", "a.*", "(?i)a.*", "a.*?"} {
		f.Add(text, "abc")
		f.Add(text, "a\nb\xff")
		f.Add(text, "aa")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		p, err := storage.NewPattern(text)
		if err != nil {
			return
		}
		re := regexp.MustCompile(text)
		re.Longest()
		at := re.FindStringIndex(value)
		want := at != nil && at[0] == 0 && at[1] == len(value)
		if got := p.Match(value); got != want {
			t.Errorf("%q fits %q: %t, want %t", text, value, got, want)
		}
		prefix, whole := p.Prefix()
		if want && (!strings.HasPrefix(value, prefix) || whole && value != prefix) {
			t.Errorf("%q fits %q and has the prefix %q, whole %t", text, value, prefix, whole)
		}
	})
}

// TestMatcherMatches: every combination of what a matcher may say.
func TestMatcherMatches(t *testing.T) {
	a := points.Tags{{Name: "t", Value: "a"}}
	tests := []struct {
		name               string
		m                  storage.Matcher
		withA, withB, none bool
	}{
		{"values", storage.Matcher{Tag: "t", Values: []string{"a", "x"}}, true, false, false},
		{"not values", storage.Matcher{Tag: "t", Values: []string{"a", "x"}, Not: true}, false, true, true},
		{"values or absent", storage.Matcher{Tag: "t", Values: []string{"a"}, Absent: true}, true, false, true},
		{"neither values nor absent", storage.Matcher{Tag: "t", Values: []string{"a"}, Absent: true, Not: true}, false, true, false},
		{"absent", storage.Matcher{Tag: "t", Absent: true}, false, false, true},
		{"present", storage.Matcher{Tag: "t", Absent: true, Not: true}, true, true, false},
		{"nothing", storage.Matcher{Tag: "t"}, false, false, false},
		{"not nothing", storage.Matcher{Tag: "t", Not: true}, true, true, true},
	}
	for _, tt := range tests {
		got := [3]bool{tt.m.Matches(a), tt.m.Matches(points.Tags{{Name: "t", Value: "b"}}), tt.m.Matches(nil)}
		if want := [3]bool{tt.withA, tt.withB, tt.none}; got != want {
			t.Errorf("%s: holds for a, for b and without the tag %v, want %v", tt.name, got, want)
		}
	}
}

package encode

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"aion/query"
)

// nameOf is what a result is called: its alias, or else its metric.
func nameOf(r *query.Result) string {
	if r.Alias != nil {
		return *r.Alias
	}
	return r.Name
}

// tagOf is the one value that a tag has among a result's series. Not ok: it has
// none or several.
func tagOf(r *query.Result, tag string) (value string, ok bool) {
	for i := range r.Tags {
		if r.Tags[i].Name == tag && len(r.Tags[i].Values) == 1 {
			return r.Tags[i].Values[0], true
		}
	}
	return "", false
}

// tagEscapes puts a backslash before what has a meaning in a text of tags.
var tagEscapes = strings.NewReplacer(`\`, `\\`, `;`, `\;`, `=`, `\=`)

// tagsOf is the text of a result's tags: name=value;name=value, as far as they
// have one value among its series, in the order of the names. A backslash stands
// before a semicolon, equals sign or backslash of a name or value.
func tagsOf(r *query.Result) string {
	var text strings.Builder
	for i := range r.Tags {
		if len(r.Tags[i].Values) != 1 {
			continue
		}
		if text.Len() > 0 {
			text.WriteByte(';')
		}
		text.WriteString(tagEscapes.Replace(r.Tags[i].Name))
		text.WriteByte('=')
		text.WriteString(tagEscapes.Replace(r.Tags[i].Values[0]))
	}
	return text.String()
}

// groupOf is the text of the numbers that the groupers of points have given a
// result: time=3;value=0.
func groupOf(r *query.Result) string {
	var parts []string
	for _, g := range r.GroupBy {
		kind := ""
		switch g.Grouper.(type) {
		case query.TimeGrouper:
			kind = "time="
		case query.ValueGrouper:
			kind = "value="
		case query.BinGrouper:
			kind = "bin="
		default:
			continue
		}
		parts = append(parts, kind+strconv.Itoa(int(g.Number)))
	}
	return strings.Join(parts, ";")
}

// valid is s as UTF-8: the half of a UTF-16 pair becomes a question mark, another
// byte that is none U+FFFD, as AppendString writes them.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var text strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 && half(s[i:]) {
			r, n = '?', 3
		}
		text.WriteRune(r)
		i += n
	}
	return text.String()
}

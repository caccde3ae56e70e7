package kairosdb

import (
	"cmp"
	"crypto/md5" // #nosec G501 -- KairosDB names queries so, and clients compare the names; it protects nothing
	"math/big"
	"slices"
	"strconv"
	"strings"

	"aion/api/kairosdb/gson"
)

// hash names metric i of a query as KairosDB does, by what it reads: an MD5 sum
// of the time range as it was sent, the name and the tags, in hexadecimal without
// the zeros before it.
func (q *request) hash(i int) string {
	var text strings.Builder
	text.WriteString(q.start.cacheText())
	text.WriteString(q.end.cacheText())
	text.WriteString(q.Metrics[i].Name + ":")
	if metrics := q.tree.Member("metrics"); metrics != nil && i < len(metrics.Items) {
		writeTags(&text, metrics.Items[i].Member("tags"))
	}
	sum := md5.Sum([]byte(text.String())) // #nosec G401 -- a name, not a signature
	return new(big.Int).SetBytes(sum[:]).Text(16)
}

// cacheText is one end of a time range as KairosDB prints it into its cache keys.
func (m *moments) cacheText() string {
	text := ""
	if m.absolute != nil {
		text = strconv.FormatInt(*m.absolute, 10) + ":"
	}
	if m.relative != nil {
		text += "Duration{value=" + strconv.FormatInt(m.relative.Value, 10) +
			", unit=" + strings.ToUpper(m.relative.Unit.String()) + "}:"
	}
	return text
}

// writeTags prints the tags of a metric, sorted by name and by value.
func writeTags(text *strings.Builder, tags *gson.Element) {
	if tags == nil {
		return
	}
	members := slices.Clone(tags.Members)
	slices.SortFunc(members, func(a, b gson.Member) int { return cmp.Compare(a.Name, b.Name) })
	for _, m := range members {
		values := []string{m.Value.Text}
		if m.Value.Kind == gson.ArrayKind {
			values = values[:0]
			for _, item := range m.Value.Items {
				values = append(values, item.Text)
			}
			slices.Sort(values)
			values = slices.Compact(values)
		}
		for _, value := range values {
			text.WriteString(m.Name + "=" + value + ":")
		}
	}
}

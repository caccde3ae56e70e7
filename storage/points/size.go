package points

import "strings"

// MaxKey is how many bytes the names and values of a series come to at most, as
// KairosDB lays them out: what Cassandra takes for a key or a clustering. No store
// keeps more, so that what one has can be moved to any other.
const MaxKey = 65535

// CheckSize is an InvalidError where metric, tags and type come to more than MaxKey.
func (k *Key) CheckSize() error {
	most := len(k.Metric) + len(k.Type) + 32
	for i := range k.Tags {
		most += 2*(len(k.Tags[i].Name)+len(k.Tags[i].Value)) + 8
	}
	if most <= MaxKey {
		return nil // however many of its bytes are escaped
	}
	if n := k.size(); n > MaxKey {
		return Invalid("metric and tags of %d bytes are longer than the %d that can be stored", n, MaxKey)
	}
	return nil
}

// size is the longest of what KairosDB makes of k: the row key; the clustering of an
// index row, which has the tags beside the type; the partition of such a row, which
// has the table's name and the row time beside the metric and a tag.
func (k *Key) size() int {
	row := len(k.Metric) + len(k.Type) + 11
	index, pair := 4, 0
	for i := range k.Tags {
		t := &k.Tags[i]
		row += escaped(t.Name) + escaped(t.Value) + 2
		index += len(t.Name) + len(t.Value) + 8
		pair = max(pair, len(t.Name)+len(t.Value)+1)
	}
	return max(row, index+len(k.Type)+12, len(k.Metric)+pair+32)
}

// escaped is how long a name or a value gets in a row key, where = and : are two
// bytes each.
func escaped(s string) int { return len(s) + strings.Count(s, "=") + strings.Count(s, ":") }

// Weight is about how many bytes k takes in memory.
func (k *Key) Weight() int {
	n := len(k.Metric) + 16
	for i := range k.Tags {
		n += len(k.Tags[i].Name) + len(k.Tags[i].Value)
	}
	return n
}

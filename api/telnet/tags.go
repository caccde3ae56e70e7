package telnet

import (
	"bytes"
	"strconv"
	"time"

	"aion/api/stream"
	"aion/storage/points"
)

// lifeTag is the tag that is none, but how many seconds a point lives.
const lifeTag = "kairos_opt.ttl"

// What a put gets wrong, in KairosDB's words.
var (
	errNoMetric = stream.Refusal("metricName may not be empty.")
	errLife     = stream.Refusal("tag[%s] must be a number", lifeTag)
)

// newSeries reads the tags of a line.
func newSeries(w *words) (*series, error) {
	s := &series{key: points.Key{Metric: stream.Text(w.metric)}}
	tags := points.Tags{}
	for rest := w.tags; ; {
		word, after, ok := stream.Word(rest)
		if !ok {
			break
		}
		rest = after
		name, value, err := tag(word, len(tags))
		if err != nil {
			return nil, err
		}
		if name != lifeTag {
			tags = append(tags, points.Tag{Name: name, Value: value})
			continue
		}
		if s.life, err = life(value); err != nil {
			return nil, err
		}
	}
	if len(tags) == 0 {
		tags = append(tags, points.Tag{Name: "add", Value: "tag"})
	}
	tags.Sort()
	s.key.Tags = tags
	return s, unique(tags)
}

// tag reads a tag as Java's split at = does: without = at its end, and without
// what is behind a second one.
func tag(word []byte, number int) (name, value string, err error) {
	word = bytes.TrimRight(word, "=")
	before, after, ok := bytes.Cut(word, []byte{'='})
	after, _, _ = bytes.Cut(after, []byte{'='})
	switch {
	case !ok:
		return "", "", stream.Refusal("tag[%d] must be in the format 'name=value'.", number)
	case len(before) == 0:
		return "", "", stream.Refusal("tag[%d].name may not be empty.", number)
	case len(after) == 0:
		return "", "", stream.Refusal("tag[%d].value may not be empty.", number)
	}
	return stream.Text(before), stream.Text(after), nil
}

// life reads how long a point lives. Less than nothing is the store's default,
// as nothing is.
func life(seconds string) (time.Duration, error) {
	n, err := strconv.ParseInt(seconds, 10, 32)
	if err != nil {
		return 0, errLife
	}
	return time.Duration(max(n, 0)) * time.Second, nil
}

// unique refuses tags, which are sorted, of which two have one name.
func unique(tags points.Tags) error {
	for i := 1; i < len(tags); i++ {
		if a, b := tags[i-1], tags[i]; a.Name == b.Name {
			return stream.Refusal("Multiple entries with same key: %s=%s and %s=%s", a.Name, a.Value, b.Name, b.Value)
		}
	}
	return nil
}

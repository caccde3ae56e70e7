package remotewrite

import (
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"aion/storage/points"
)

// nameLabel is the label that is the metric.
const nameLabel = "__name__"

// find is the series of the labels that have been read.
func (r *reader) find() (*series, error) {
	if r.era != r.writer.Era() || len(r.series) > maxSeries || r.size > maxLabels {
		clear(r.series)
		r.era, r.size = r.writer.Era(), 0
	}
	if s, ok := r.series[string(r.labels)]; ok {
		return s, nil
	}
	key := points.Key{Type: points.TypeDouble}
	for b := r.labels; len(b) > 0; {
		message, n := protowire.ConsumeBytes(b)
		b = b[n:]
		tag, err := label(message)
		switch {
		case err != nil:
			return nil, err
		case tag.Name == nameLabel:
			key.Metric = tag.Value
		case tag.Name != "" && tag.Value != "" && !matches(r.protocol.DropLabels, tag.Name):
			key.Tags = append(key.Tags, tag)
		}
	}
	s := r.place(key)
	r.series[string(r.labels)] = s
	r.size += len(r.labels)
	return s, nil
}

// place is where the samples of a series go. A label that is there twice counts
// once, with its last value. A series without labels has the tag that KairosDB
// gives to points without tags.
func (r *reader) place(key points.Key) *series {
	switch {
	case key.Metric == "":
		return &series{unnamed: true}
	case matches(r.protocol.DropMetrics, key.Metric):
		return &series{}
	case len(key.Tags) == 0:
		key.Tags = points.Tags{{Name: "add", Value: "tag"}}
	}
	slices.Reverse(key.Tags)
	slices.SortStableFunc(key.Tags, func(a, b points.Tag) int { return strings.Compare(a.Name, b.Name) })
	key.Tags = slices.CompactFunc(key.Tags, func(a, b points.Tag) bool { return a.Name == b.Name })
	key.Metric = r.protocol.Prefix + key.Metric
	return &series{column: r.writer.Column(key), key: key}
}

// label reads a label. What is not UTF-8 in it is replaced.
func label(b []byte) (tag points.Tag, err error) {
	for len(b) > 0 {
		var f field
		if f, b, err = next(b); err != nil {
			return tag, err
		}
		switch {
		case f.is(labelName, protowire.BytesType):
			tag.Name = strings.ToValidUTF8(string(f.bytes), "\ufffd")
		case f.is(labelValue, protowire.BytesType):
			tag.Value = strings.ToValidUTF8(string(f.bytes), "\ufffd")
		}
	}
	return tag, nil
}

// matches tells whether an expression matches all of a name.
func matches(list []*regexp.Regexp, name string) bool {
	return slices.ContainsFunc(list, func(e *regexp.Regexp) bool {
		at := e.FindStringIndex(name)
		return at != nil && at[0] == 0 && at[1] == len(name)
	})
}

// Whole compiles an expression that is to match whole names.
func Whole(text string) (*regexp.Regexp, error) { return regexp.Compile(`^(?:` + text + `)$`) }

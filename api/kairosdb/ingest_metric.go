package kairosdb

import (
	"slices"
	"strconv"

	"aion/api/kairosdb/gson"
	"aion/storage/points"
)

// metricObject is one element of an ingest request as KairosDB's
// DataPointsParser.NewMetric holds it: members that were sent, not checked yet.
type metricObject struct {
	name      optional[string]
	timestamp optional[int64]
	time      optional[int64]          // wins over timestamp
	value     *gson.Element            // nil if not sent
	tags      []tagMember              // in the order of the request
	tagAt     map[optional[string]]int // where a tag stands, once there are many
	kind      optional[string]
	ttl       int32
	skip      bool // skip_validate
	rows      rows
	bytes     int // about what the members occupy, rows aside

	checked  bool // name, value and tags have been looked at
	refused  bool // and found wanting: nothing of the object is stored
	valued   bool // the single value is stored
	begun    bool // some rows are stored before the object has ended
	rowCount int  // data points stored: what KairosDB numbers them by

	columns seriesColumns
}

// optional is a value that Java would hold in an object that can be null.
type optional[T any] struct {
	v     T
	given bool
}

// tagMember is a tag as it was sent.
type tagMember struct {
	name  optional[string]
	value optional[string]
}

// reset makes o an object without members and keeps some of its memory.
func (o *metricObject) reset() {
	r, tags := o.rows, o.tags
	r.reset()
	clear(tags)
	*o = metricObject{rows: r, tags: tags[:0]}
}

// dropTags makes o an object without tags.
func (o *metricObject) dropTags() { o.tags, o.tagAt = o.tags[:0], nil }

// at is the time of the single value.
func (o *metricObject) at() optional[int64] {
	if o.time.given {
		return o.time
	}
	return o.timestamp
}

// weight is about how many bytes o occupies.
func (o *metricObject) weight() int { return o.bytes + o.rows.weight() }

// manyTags is the number of tags from which on they are looked up in a map.
const manyTags = 16

// setTag gives a tag its value, as LinkedTreeMap.put does. It is not ok for a
// tag that has one already.
func (o *metricObject) setTag(name, value optional[string]) bool {
	if i := o.findTag(name); i >= 0 {
		had := o.tags[i].value.given
		o.tags[i].value = value
		return !had
	}
	o.bytes += 64 + len(name.v) + len(value.v)
	o.tags = append(o.tags, tagMember{name, value})
	if len(o.tags) > manyTags {
		o.tagAt[name] = len(o.tags) - 1
	}
	return true
}

// findTag is where a tag stands, or -1.
func (o *metricObject) findTag(name optional[string]) int {
	if len(o.tags) < manyTags {
		return slices.IndexFunc(o.tags, func(t tagMember) bool { return t.name == name })
	}
	if o.tagAt == nil {
		o.tagAt = map[optional[string]]int{}
		for i, t := range o.tags {
			o.tagAt[t.name] = i
		}
	}
	if i, ok := o.tagAt[name]; ok {
		return i
	}
	return -1
}

// key is the series of the object's points, the stored type left open.
func (o *metricObject) key() points.Key {
	tags := make(points.Tags, len(o.tags))
	for i, t := range o.tags {
		tags[i] = points.Tag{Name: encodable(t.name.v), Value: encodable(t.value.v)}
	}
	tags.Sort()
	tags = slices.CompactFunc(tags, func(a, b points.Tag) bool { return a.Name == b.Name }) // two that differ by halves alone
	return points.Key{Metric: encodable(o.name.v), Tags: tags}
}

// context is how messages call the object: by its place and, where its name has
// been checked, its name.
func (o *metricObject) context(index int) string {
	s := "metric[" + strconv.Itoa(index) + "]"
	if !o.skip && o.name.v != "" {
		s += "(name=" + o.name.v + ")"
	}
	return s
}

package pebble

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/pebble/posting"
	"aion/storage/points"
)

// set is a set of the numbers of series.
type set = posting.Set

// The kinds of postings, by what their key names.
const (
	postAll    = 'a' // every series
	postMetric = 'b' // metric
	postTag    = 'c' // metric, tag
	postAnyTag = 'e' // tag, whatever the metric
	postValue  = 'f' // tag, value, metric: those of all metrics stand side by side
)

// postFit is no kind of stored postings: that of what is kept of all values of a tag
// that fit a pattern, by tag, pattern and metric.
const postFit = 'p'

// appendPosting is the key of a posting.
func appendPosting(dst []byte, kind byte, texts ...string) []byte {
	dst = append(dst, keyPosting, kind)
	for _, s := range texts {
		dst = appendText(dst, s)
	}
	return dst
}

// eachPosting calls f with the key of every posting that a series is in. The
// key's memory is used again.
func eachPosting(k *points.Key, buf []byte, f func(posting []byte)) []byte {
	return eachValuePosting(k, eachSharedPosting(k, buf, f), f)
}

// eachSharedPosting is eachPosting for those postings that all series are in with
// the same metric and tags, whatever the tags' values.
func eachSharedPosting(k *points.Key, buf []byte, f func(posting []byte)) []byte {
	emit := func(kind byte, texts ...string) {
		buf = appendPosting(buf[:0], kind, texts...)
		f(buf)
	}
	emit(postAll)
	emit(postMetric, k.Metric)
	for i := range k.Tags {
		emit(postTag, k.Metric, k.Tags[i].Name)
		emit(postAnyTag, k.Tags[i].Name)
	}
	return buf
}

// eachValuePosting is eachPosting for the postings of the tags' values.
func eachValuePosting(k *points.Key, buf []byte, f func(posting []byte)) []byte {
	for i := range k.Tags {
		buf = appendPosting(buf[:0], postValue, k.Tags[i].Name, k.Tags[i].Value, k.Metric)
		f(buf)
	}
	return buf
}

// readPosting reads a posting; one that is not there is empty.
func readPosting(r pebble.Reader, key []byte) (*set, error) {
	v, closer, err := r.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return &set{}, nil
	}
	if err != nil {
		return nil, translate(err)
	}
	defer closer.Close()
	return posting.Parse(v)
}

// addMembers adds the members of a posting, which may be kept, to out.
func (r reader) addMembers(key []byte, out *set) error {
	if numbers, ok := r.s.postings.find(r.turn, key); ok {
		out.AddMany(numbers)
		return nil
	}
	found, err := readPosting(r.snap, key)
	if err != nil {
		return err
	}
	r.s.postings.keep(r.turn, key, found)
	out.Or(found)
	return nil
}

// addPosting adds the members of the posting that an iterator is at to out.
func addPosting(it *pebble.Iterator, out *set) error {
	v, err := it.ValueAndErr()
	if err != nil {
		return err
	}
	var removed set
	return posting.ParseDelta(v, out, &removed)
}

package kairosdb

import (
	"slices"
	"strings"

	"aion/storage/points"
)

// spanRooms reads series by their texts, into memory that is taken for several of them
// at once. The texts and tags that have been given to a series are never given to
// another, since others keep them.
type spanRooms struct {
	series []spannedSeries
	kept   [][]spannedSeries // roomOfSeries of them each, to be used again
	lent   int               // how many of kept are in use
	tags   points.Tags       // none, with room for some
	text   strings.Builder
	given  int
}

// For how many series memory is taken at once at most, how many times that is kept, for
// how many tags memory is taken, and how many bytes of texts: who keeps a tag keeps its
// neighbours, too.
const (
	roomOfSeries = 32
	keptRooms    = 256
	roomOfTags   = 64
	roomOfText   = 1 << 10
)

// parse reads a name and an object of tags, or answers nil where they are not plain or
// not valid.
func (r *spanRooms) parse(name, tags []byte) *spannedSeries {
	if !plainText(name) || !plainText(tags) {
		return nil
	}
	text := r.copied(name, tags)
	key := points.Key{Metric: text[:len(name)], Tags: r.parseTags(text[len(name):])}
	if len(key.Tags) == 0 || fits(key) != nil {
		return nil
	}
	if len(r.series) == 0 {
		r.series = r.more()
	}
	s := &r.series[0]
	r.series, r.tags = r.series[1:], key.Tags[len(key.Tags):]
	r.given++
	key.Tags = slices.Clip(key.Tags)
	*s = spannedSeries{tags: text[len(name):], columns: seriesColumns{key: key}}
	return s
}

// more is memory for series.
func (r *spanRooms) more() []spannedSeries {
	if r.lent < len(r.kept) {
		r.lent++
		return r.kept[r.lent-1]
	}
	some := make([]spannedSeries, min(1+r.given, roomOfSeries))
	if len(some) == roomOfSeries && len(r.kept) < keptRooms {
		r.kept = append(r.kept, some)
		r.lent++
	}
	return some
}

// recycle takes the memory of all series back, which nobody has any more.
func (r *spanRooms) recycle() {
	for _, some := range r.kept[:r.lent] {
		clear(some)
	}
	r.series, r.lent = nil, 0
}

// copied is both texts as one.
func (r *spanRooms) copied(name, tags []byte) string {
	n := len(name) + len(tags)
	if r.text.Cap()-r.text.Len() < n {
		r.text = strings.Builder{}
		r.text.Grow(max(n, min(n*r.given, roomOfText)))
	}
	from := r.text.Len()
	r.text.Write(name)
	r.text.Write(tags)
	return r.text.String()[from:]
}

// parseTags reads an object that holds nothing but texts without escapes, at least one
// and none of a name twice; else it answers none. The tags share its memory.
func (r *spanRooms) parseTags(object string) points.Tags {
	if n := strings.Count(object, `"`) / 4; cap(r.tags) < n {
		r.tags = make(points.Tags, 0, max(n, min(n*r.given, roomOfTags)))
	}
	tags, rest := r.tags[:0], object
	for begins := byte('{'); len(tags) == 0 || rest[0] == ','; begins = ',' {
		if rest[0] != begins {
			return nil
		}
		var tag points.Tag
		if tag.Name, rest = cutText(rest[1:]); rest == "" || rest[0] != ':' || tag.Name == "" {
			return nil
		}
		if tag.Value, rest = cutText(rest[1:]); rest == "" || tag.Value == "" {
			return nil
		}
		tags = append(tags, tag)
	}
	if rest != "}" {
		return nil
	}
	if !ascending(tags) {
		if tags.Sort(); !ascending(tags) {
			return nil
		}
	}
	return tags
}

// cutText takes a text in quotes and the blanks around it. It is empty, too, where
// there is none.
func cutText(s string) (text, rest string) {
	s = behindBlanks(s)
	if s == "" || s[0] != '"' {
		return "", s
	}
	n := strings.IndexByte(s[1:], '"')
	if n < 0 {
		return "", ""
	}
	return s[1 : 1+n], behindBlanks(s[n+2:])
}

// behindBlanks is s without the blanks that it begins with.
func behindBlanks(s string) string {
	for len(s) != 0 && (s[0] == ' ' || s[0] == '\n' || s[0] == '\r' || s[0] == '\t') {
		s = s[1:]
	}
	return s
}

// ascending tells whether tags are sorted and each name is there once.
func ascending(tags points.Tags) bool {
	for i := 1; i < len(tags); i++ {
		if tags[i].Name <= tags[i-1].Name {
			return false
		}
	}
	return true
}

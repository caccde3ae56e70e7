package kairosdb

import (
	"slices"
	"strings"

	"aion/storage/points"
)

// spanRooms reads series by their texts, into memory that is taken for several of them
// at once. What has been given to a series is never given to another.
type spanRooms struct {
	series []spannedSeries
	tags   points.Tags // none, with room for some
	text   strings.Builder
	given  int
}

// For how many series memory is taken at once at most, for how many tags, and how many
// bytes of texts: who keeps a tag keeps its neighbours, too.
const (
	roomOfSeries = 32
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
		r.series = make([]spannedSeries, min(1+r.given, roomOfSeries))
	}
	s := &r.series[0]
	r.series, r.tags = r.series[1:], key.Tags[len(key.Tags):]
	r.given++
	key.Tags = slices.Clip(key.Tags)
	*s = spannedSeries{name: key.Metric, tags: text[len(name):], columns: seriesColumns{key: key}}
	return s
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

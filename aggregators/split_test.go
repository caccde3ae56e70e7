package aggregators

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"aion/storage/points"
)

// split is a plain rendering of KairosDB's groupers, enough for the vectors.
type split struct {
	named  []string // all tags that any tag grouper names
	tags   []string // those of the first
	byTag  bool
	others []func(point) int32
	err    error
}

// newSplit reads group_by.
func newSplit(raw json.RawMessage, start int64) *split {
	var list []struct {
		Name       string
		Tags       []string
		RangeSize  json.RawMessage   `json:"range_size"`
		GroupCount json.RawMessage   `json:"group_count"`
		StartDate  *int64            `json:"start_date"`
		Bins       []json.RawMessage `json:"bins"`
	}
	_ = json.Unmarshal(raw, &list)
	s := &split{}
	for _, g := range list {
		switch g.Name {
		case "tag":
			s.named = append(s.named, g.Tags...)
			if !s.byTag {
				s.byTag, s.tags = true, g.Tags
			}
		case "value":
			s.others = append(s.others, byValue(int32(lenient(g.RangeSize))))
		case "bin":
			var bins []float64
			for _, b := range g.Bins {
				bins = append(bins, lenient(b))
			}
			s.others = append(s.others, byBin(bins))
		case "time":
			size := bindSpan(g.RangeSize)
			if size.Value == 0 && size.Unit != points.Months {
				s.err = &ComputeError{"/ by zero"}
			}
			from := start
			if g.StartDate != nil {
				from = *g.StartDate
			}
			s.others = append(s.others, byTime(size, int64(lenient(g.GroupCount)), from))
		}
	}
	return s
}

// byValue numbers points by ValueGroupBy.
func byValue(size int32) func(point) int32 {
	return func(p point) int32 {
		switch p.kind {
		case "long":
			return int32(int64(p.bits) / int64(size))
		case "double":
			v := p.number()
			switch {
			case v != v:
				v = 0
			case v > math.MaxInt32:
				v = math.MaxInt32
			case v < math.MinInt32:
				v = math.MinInt32
			}
			return int32(v) / size
		}
		return -1
	}
}

// byBin numbers points by BinGroupBy.
func byBin(bins []float64) func(point) int32 {
	return func(p point) int32 {
		if p.groupKind() != points.Number {
			return -1
		}
		v := p.number()
		if v < bins[0] {
			return 0
		}
		for i := 0; i+1 < len(bins); i++ {
			if bins[i] <= v && v < bins[i+1] {
				return int32(i + 1)
			}
		}
		return int32(len(bins))
	}
}

// byTime numbers points by TimeGroupBy.
func byTime(size points.Span, count, from int64) func(point) int32 {
	return func(p point) int32 {
		if size.Unit == points.Months {
			a, b := time.UnixMilli(p.at).UTC(), time.UnixMilli(from).UTC()
			return int32((int64(12*(a.Year()-b.Year())) + int64(a.Month()) - int64(b.Month())) % count)
		}
		unit := size.Unit.Millis()
		if size.Unit == points.Years {
			unit = 364 * 24 * 3600 * 1000
		}
		return int32((p.at - from) / (size.Value * unit) % count)
	}
}

// tagGroup are the rows of one group.
type tagGroup struct {
	key  string
	rows []row
}

// tagGroups splits rows by type and by the first tag grouper.
func (s *split) tagGroups(rows []row) []tagGroup {
	var groups []tagGroup
	for _, r := range rows {
		key := r.kind
		if r.kind == "" {
			key = "complex"
		}
		key += "\x00"
		for i, name := range s.tags {
			if slices.Index(s.tags, name) == i {
				key += name + r.tags[name]
			}
		}
		i := slices.IndexFunc(groups, func(g tagGroup) bool { return g.key == key })
		if i < 0 {
			groups, i = append(groups, tagGroup{key: key}), len(groups)
		}
		groups[i].rows = append(groups[i].rows, r)
	}
	slices.SortFunc(groups, func(a, b tagGroup) int { return strings.Compare(a.key, b.key) })
	return groups
}

// streams are the points of the rows.
func (g *tagGroup) streams() [][]point {
	var all [][]point
	for _, r := range g.rows {
		all = append(all, r.points)
	}
	return all
}

// tags are all tags of the rows.
func (g *tagGroup) tags() []TagValues {
	all := map[string]map[string]bool{}
	for _, r := range g.rows {
		for name, value := range r.tags {
			if all[name] == nil {
				all[name] = map[string]bool{}
			}
			all[name][value] = true
		}
	}
	var list []TagValues
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, TagValues{name, slices.Sorted(maps.Keys(all[name]))})
	}
	return list
}

// subStreams splits a stream by the other groupers, in order of appearance.
func (s *split) subStreams(stream []point) [][]point {
	var keys []string
	all := map[string][]point{}
	for _, p := range stream {
		var key string
		for _, number := range s.others {
			key += fmt.Sprint(number(p), "/")
		}
		if all[key] == nil {
			keys = append(keys, key)
		}
		all[key] = append(all[key], p)
	}
	var streams [][]point
	for _, key := range keys {
		streams = append(streams, all[key])
	}
	return streams
}

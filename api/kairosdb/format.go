package kairosdb

import (
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"aion/aggregators"
)

// formats are the media types of the answers to a query by what the parameter
// format calls them, the usual one first.
var formats = []medium{
	{"json", mediaJSON}, {"csv", "text/csv"}, {"ndjson", "application/x-ndjson"}, {"arrow", "application/vnd.apache.arrow.stream"},
}

// medium is a media type with its name.
type medium struct{ name, media string }

// tableMedia are the media types of formats.
var tableMedia = mediaOf(formats)

// mediaOf are the media types of those formats.
func mediaOf(formats []medium) (list []string) {
	for _, f := range formats {
		list = append(list, f.media)
	}
	return list
}

// format is how the points of an answer are written.
type format struct {
	name    string            // one of formats
	wide    bool              // a column for each series
	wall    bool              // times are RFC 3339
	zone    *aggregators.Zone // that is asked for; nil: none is
	guard   bool              // against formulas
	columns []string          // tags with a column each; nil: none; every: all tags
}

// every stands for all tags among columns.
const every = "*"

// option is a parameter of the URL that says how points are written.
type option struct {
	name    string
	formats []string // that it is for
	take    func(f *format, value string) error
}

// options are the parameters beside format.
func options() []option {
	return []option{
		{"layout", []string{"csv"}, func(f *format, value string) error { return choose(&f.wide, "layout", value, "long", "wide") }},
		{"time", []string{"csv", "ndjson"}, func(f *format, value string) error { return choose(&f.wall, "time", value, "epoch", "rfc3339") }},
		{"time_zone", []string{"csv", "ndjson", "arrow"}, (*format).takeZone},
		{"guard", []string{"csv"}, func(f *format, value string) error { return choose(&f.guard, "guard", value, "false", "true") }},
		{"columns", []string{"csv", "ndjson", "arrow"}, (*format).takeColumns},
	}
}

// choose takes one of two values.
func choose(to *bool, name, value, no, yes string) error {
	if value != no && value != yes {
		return bad(fmt.Sprintf("%s must be %s or %s, not %q", name, no, yes, value))
	}
	*to = value == yes
	return nil
}

// takeZone takes time_zone.
func (f *format) takeZone(value string) error {
	zone, err := aggregators.LoadZone(value)
	if err != nil || value == "" {
		return bad(fmt.Sprintf("time_zone must be a time zone such as Europe/Berlin or +02:00, not %q", value))
	}
	f.zone = zone
	return nil
}

// takeColumns takes columns.
func (f *format) takeColumns(value string) error {
	f.columns = strings.Split(value, ",")
	for i, tag := range f.columns {
		switch {
		case tag == "" || tag == every && len(f.columns) > 1:
			return bad(fmt.Sprintf("columns must be names of tags with commas between them, or * for all, not %q", value))
		case slices.Contains(f.columns[:i], tag):
			return bad(fmt.Sprintf("columns names %s twice", tag))
		}
	}
	return nil
}

// format is what the parameters of a request and its Accept ask for. Without
// extensions that is JSON, whatever they say. Parameters that KairosDB passes over
// are passed over as long as JSON is answered and format does not ask for it.
func (p *Protocol) format(r *http.Request) (*format, error) {
	f := &format{name: formats[0].name}
	if !p.Extensions {
		return f, nil
	}
	given := map[string]string{}
	for name, value := range pairs(r.URL.RawQuery) {
		if _, twice := given[name]; twice && f.knows(name) {
			return nil, bad(fmt.Sprintf("%s is given twice", name))
		}
		given[name] = value
	}
	name, explicit := given["format"]
	if media, _ := preferred(r.Header, tableMedia...); !explicit {
		name = formats[max(0, slices.Index(tableMedia, media))].name
	}
	if f.name = name; !slices.ContainsFunc(formats, func(m medium) bool { return m.name == name }) {
		return nil, bad(fmt.Sprintf("format must be json, csv, ndjson or arrow, not %q", name))
	}
	if name == "json" && !explicit {
		return f, nil
	}
	return f, f.takeAll(given)
}

// knows tells whether a parameter is one that says how points are written.
func (f *format) knows(name string) bool {
	return name == "format" || slices.ContainsFunc(options(), func(o option) bool { return o.name == name })
}

// takeAll takes the options among the parameters, and complains of others where
// a table is asked for.
func (f *format) takeAll(given map[string]string) error {
	for _, o := range options() {
		value, is := given[o.name]
		switch {
		case !is:
			continue
		case !slices.Contains(o.formats, f.name):
			return bad(fmt.Sprintf("%s is for %s, not for %s", o.name, strings.Join(o.formats, ", "), f.name))
		}
		if err := o.take(f, value); err != nil {
			return err
		}
	}
	for name := range given {
		if f.name != "json" && name != "query" && !f.knows(name) {
			return bad(fmt.Sprintf("%s is no parameter of format %s", name, f.name))
		}
	}
	return f.check(given)
}

// check finds what does not go together.
func (f *format) check(given map[string]string) error {
	if f.wide && f.columns != nil {
		return bad("columns and layout wide do not go together")
	}
	if f.zone != nil && f.name != "arrow" {
		if _, is := given["time"]; is && !f.wall {
			return bad("time_zone and time epoch do not go together")
		}
		f.wall = true
	}
	return nil
}

// location is the zone of the times in an answer; nil: they are milliseconds.
// Where none is asked for it is the query's, or else the server's.
func (f *format) location(others ...*aggregators.Zone) *time.Location {
	if !f.wall && f.name != "arrow" {
		return nil
	}
	for _, zone := range append([]*aggregators.Zone{f.zone}, others...) {
		if zone != nil {
			return zone.Location()
		}
	}
	return time.UTC
}

// pairs are the parameters of a URL in their order. Unlike package url's parser
// it takes semicolons and broken escapes as they are, as Jetty does.
func pairs(text string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for pair := range strings.SplitSeq(text, "&") {
			key, value, _ := strings.Cut(pair, "=")
			name, err := url.QueryUnescape(key)
			if err != nil || pair == "" {
				continue
			}
			if v, err := url.QueryUnescape(value); err == nil {
				value = v
			}
			if !yield(name, value) {
				return
			}
		}
	}
}

// namesFormat tells whether a request says by a parameter how it is answered,
// which counts more than its Accept.
func namesFormat(r *http.Request) bool {
	for name := range pairs(r.URL.RawQuery) {
		if name == "format" {
			return true
		}
	}
	return false
}

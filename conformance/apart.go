package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// apart is a Target for which the metrics of an example have names of their own,
// the services of its metadata too, and which has no other metrics.
type apart struct {
	Target
	prefix string
	names  []string // as the example has them
	paths  []string // of what was made and is no metric
}

// nameOf finds what may be the name of a metric in a body, as JSON or as a page
// prints it.
var nameOf = regexp.MustCompile(`"(?:name|metric_name|save_as)"\s*:\s*"([^"\\]+)"`)

// notMetrics are names of aggregators, groupers and the like.
var notMetrics = []string{
	"avg", "bin", "count", "dev", "diff", "div", "filter", "first", "gaps", "histogram", "js_filter", "js_function", "js_range", "last",
	"least_squares", "max", "min", "percentile", "rate", "sampler", "save_as", "scale", "score", "sma", "sum", "tag", "time", "trim", "type", "value",
}

// metrics are the names of the metrics that an example's requests mention, the
// longest first.
func (e *Example) metrics() []string {
	requests := append(slices.Clone(e.Setup), e.Request)
	for _, step := range e.Then {
		requests = append(requests, step.Request)
	}
	var names []string
	for _, r := range requests {
		text := string(r.Body)
		var plain string
		var packed struct{ Gzip string }
		if json.Unmarshal(r.Body, &plain) == nil {
			text = plain
		} else if json.Unmarshal(r.Body, &packed) == nil {
			text = packed.Gzip
		}
		if query, err := url.QueryUnescape(r.Path); err == nil {
			text += query
		}
		for _, found := range nameOf.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(notMetrics, found[1]) && !slices.Contains(names, found[1]) {
				names = append(names, found[1])
			}
		}
		if name, ok := strings.CutPrefix(r.Path, metricPath); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	return names
}

// The paths whose last part is a name.
const (
	metricPath   = "/api/v1/metric/"
	namesPath    = "/api/v1/metricnames"
	metadataPath = "/api/v1/metadata/"
	rollupsPath  = "/api/v1/rollups"
)

// Do sends the request with the names of its own and answers with the others.
func (a *apart) Do(req *http.Request) (*http.Response, error) {
	sent := req.Clone(req.Context())
	if err := a.rename(sent); err != nil {
		return nil, err
	}
	got, err := exchange(a.Target, sent)
	if err != nil {
		return nil, err
	}
	a.learn(sent, &got)
	if req.URL.Path == namesPath {
		got.body = a.onlyMine(got.body)
	}
	body := bytes.ReplaceAll(got.body, []byte(a.prefix), nil)
	header := got.header.Clone()
	header.Del("Content-Encoding")
	return &http.Response{StatusCode: got.status, Header: header, Request: req, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body))}, nil
}

// rename gives a request the names of its own.
func (a *apart) rename(req *http.Request) error {
	switch where := req.URL.Path; {
	case strings.HasPrefix(where, metricPath):
		req.URL.Path, req.URL.RawPath = metricPath+a.prefix+strings.TrimPrefix(where, metricPath), ""
	case strings.HasPrefix(where, metadataPath):
		req.URL.Path, req.URL.RawPath = metadataPath+a.prefix+strings.TrimPrefix(where, metadataPath), ""
	case where == namesPath && req.URL.RawQuery != "":
		req.URL.RawQuery = strings.Replace(req.URL.RawQuery, "prefix=", "prefix="+a.prefix, 1)
	}
	if query := req.URL.Query(); query.Has("query") {
		query.Set("query", a.renamed(query.Get("query")))
		req.URL.RawQuery = query.Encode()
	}
	if req.Body == nil {
		return nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return err
	}
	text := a.renamed(string(body))
	if bytes.HasPrefix(body, []byte("\x1f\x8b")) {
		plain, err := unzipped(http.Header{"Content-Encoding": {"gzip"}}, body)
		if err != nil {
			return err
		}
		text = zipped(a.renamed(string(plain)))
	}
	req.Body, req.ContentLength, req.GetBody = io.NopCloser(strings.NewReader(text)), int64(len(text)), nil
	return nil
}

// renamed is a text with the names of its own.
func (a *apart) renamed(text string) string {
	pairs := make([]string, 0, 2*len(a.names))
	for _, name := range a.names {
		pairs = append(pairs, quote(name), quote(a.prefix+name))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// onlyMine is a list of names without those of others.
func (a *apart) onlyMine(body []byte) []byte {
	return namesOf(body, func(name string) bool { return strings.HasPrefix(name, a.prefix) })
}

// learn notes what a request has made that must be deleted.
func (a *apart) learn(req *http.Request, got *received) {
	var made struct{ ID string }
	switch {
	case req.Method != http.MethodPost:
	case strings.HasPrefix(req.URL.Path, metadataPath):
		a.paths = append(a.paths, req.URL.EscapedPath())
	case req.URL.Path == rollupsPath && json.Unmarshal(got.body, &made) == nil && made.ID != "":
		a.paths = append(a.paths, rollupsPath+"/"+url.PathEscape(made.ID))
	}
}

// clean deletes what the example has made.
func (a *apart) clean(ctx context.Context) error {
	paths := slices.Clone(a.paths)
	for _, name := range a.names {
		paths = append(paths, metricPath+url.PathEscape(a.prefix+name))
	}
	var all error
	for _, where := range paths {
		req, err := http.NewRequestWithContext(ctx, http.MethodDelete, where, nil)
		if err == nil {
			_, err = exchange(a.Target, req)
		}
		all = errors.Join(all, err)
	}
	return all
}

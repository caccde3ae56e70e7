package conformance

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
)

// received is an answer, its body decompressed.
type received struct {
	status int
	header http.Header
	body   []byte
}

// send sends one request with the script's metrics under the prefix and its other
// names as they are unique. In the answer both are as in the script.
func (r *run) send(ctx context.Context, method, where string, header http.Header, body string) (received, error) {
	req, err := http.NewRequestWithContext(ctx, method, r.names.out(where), strings.NewReader(r.isolated(body)))
	if err != nil {
		return received{}, err
	}
	maps.Copy(req.Header, r.who.header())
	for name, values := range header {
		for _, value := range values {
			req.Header[name] = append(req.Header[name], r.names.out(value))
		}
	}
	a, err := exchange(r.target, req)
	a.body = r.names.in(a.body)
	if r.setup.Prefix != "" {
		a.body = bytes.ReplaceAll(a.body, []byte(r.setup.Prefix), nil)
	}
	return a, err
}

// isolated is a body whose metrics carry the prefix, with all other names as they
// are unique. A script's metrics have names that its bodies use for nothing else.
func (r *run) isolated(body string) string {
	body = r.names.out(body)
	if r.setup.Prefix == "" {
		return body
	}
	for _, name := range r.script.Metrics {
		body = strings.ReplaceAll(body, quote(name), quote(r.setup.Prefix+name))
	}
	return body
}

// isolatedPath is a path whose last segment, if it is a metric, carries the
// prefix, as does the measurement that a parameter names.
func (r *run) isolatedPath(where string) string {
	plain, query, _ := strings.Cut(where, "?")
	if name := path.Base(plain); strings.Contains(plain, "/metric/") && slices.Contains(r.script.Metrics, name) {
		plain = path.Dir(plain) + "/" + r.setup.Prefix + name
	}
	if query == "" {
		return plain
	}
	parameters := strings.Split(query, "&")
	for i, p := range parameters {
		if name, ok := strings.CutPrefix(p, "measurement="); ok && slices.Contains(r.script.Metrics, name) {
			parameters[i] = "measurement=" + r.setup.Prefix + name
		}
	}
	return plain + "?" + strings.Join(parameters, "&")
}

// exchange sends a request and reads the whole answer.
func exchange(t Target, req *http.Request) (received, error) {
	resp, err := t.Do(req)
	if err != nil {
		return received{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return received{}, fmt.Errorf("read the answer: %w", err)
	}
	body, err = unzipped(resp.Header, body)
	return received{status: resp.StatusCode, header: resp.Header, body: body}, err
}

// zipped is a text compressed by gzip.
func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil || w.Close() != nil {
		return ""
	}
	return b.String()
}

// unzipped is a body without the compression that its header names.
func unzipped(header http.Header, body []byte) ([]byte, error) {
	if header.Get("Content-Encoding") != "gzip" || len(body) == 0 {
		return body, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("decompress the answer: %w", err)
	}
	defer r.Close()
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("decompress the answer: %w", err)
	}
	return plain, nil
}

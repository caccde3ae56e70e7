package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// caller sends requests to the server under load.
type caller struct {
	base   *url.URL
	client *http.Client
}

// request is one POST. Its owner reuses it.
type request struct {
	path   string
	body   []byte
	points int64 // that it writes
	want   int64 // points that the answer is to have read, or anyCount
}

// anyCount wants no certain count of points.
const anyCount = -1

// outcome is how a request ended.
type outcome struct {
	first, last time.Time // of the answer; the end of a failure is both
	failure     string    // its kind, empty of a success
	example     string    // what it looked like
	bytes       int64     // of the answer
	read        int64     // points that the answer says were read
}

// post sends q and reads the answer to its end, by way of the buffer.
func (c *caller) post(ctx context.Context, q *request, buffer []byte) outcome {
	res, err := c.open(ctx, http.MethodPost, q.path, q.body)
	if err != nil {
		return broken(err)
	}
	defer res.Body.Close()
	o := outcome{first: time.Now()}
	if res.StatusCode/100 != 2 {
		o.failure, o.example = strconv.Itoa(res.StatusCode), said(res)
		o.last = time.Now()
		return o
	}
	var counted samples
	if o.bytes, err = counted.read(res.Body, buffer); err != nil {
		return broken(err)
	}
	o.last, o.read = time.Now(), counted.total
	if q.want != anyCount && o.read != q.want {
		o.failure, o.example = "answer", fmt.Sprintf("%d points were read, want %d", o.read, q.want)
	}
	return o
}

// exampleBytes is how much is kept of an answer that says no.
const exampleBytes = 300

// said is the beginning of what an answer that says no has to say, in one line.
func said(res *http.Response) string {
	// An example that is cut short is one, too.
	text, _ := io.ReadAll(io.LimitReader(res.Body, exampleBytes))
	return oneLine(string(text))
}

// refused says that an answer has another status than the one that was wanted.
func refused(res *http.Response, want int) error {
	text := said(res)
	if text != "" {
		text = ": " + text
	}
	return fmt.Errorf("got status %d, want %d%s", res.StatusCode, want, text)
}

// oneLine is a text without line breaks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// broken is the outcome of a request that has no whole answer.
func broken(err error) outcome {
	now := time.Now()
	o := outcome{first: now, last: now, failure: "connection", example: oneLine(err.Error())}
	if wait, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err); ok && wait.Timeout() {
		o.failure = "timeout"
	}
	return o
}

// open sends a request and waits for the beginning of its answer.
func (c *caller) open(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.base.String(), "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	return c.client.Do(req)
}

// version is what the server says it is.
func (c *caller) version(ctx context.Context) (string, error) {
	res, err := c.open(ctx, http.MethodGet, "/api/v1/version", nil)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var answer struct{ Version string }
	if res.StatusCode != http.StatusOK {
		return "", refused(res, http.StatusOK)
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return "", err
	}
	return answer.Version, nil
}

// count is the number of points of the series that match, a member of a query
// or nothing, in a range.
func (c *caller) count(ctx context.Context, metric, match string, from, end int64) (int64, error) {
	q := request{path: queryPath, want: anyCount}
	q.body = appendQuery(nil, quoted(metric), from, end, match+`,"aggregators":[{"name":"count","sampling":{"value":10,"unit":"years"}}]`)
	o := c.post(ctx, &q, make([]byte, 64<<10))
	switch o.failure {
	case "":
		return o.read, ctx.Err()
	case strconv.Itoa(http.StatusRequestEntityTooLarge):
		return 0, fmt.Errorf("%w: %s: %s", errTooMuch, o.failure, o.example)
	}
	return 0, fmt.Errorf("%s: %s", o.failure, o.example)
}

// errTooMuch says that a query asks about more than the server lets one.
var errTooMuch = errors.New("too much for one query")

// remove deletes the metric.
func (c *caller) remove(ctx context.Context, metric string) error {
	res, err := c.open(ctx, http.MethodDelete, "/api/v1/metric/"+url.PathEscape(metric), nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return refused(res, http.StatusNoContent)
	}
	return nil
}

// quoted is a text as a JSON string.
func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil { // there is no text that cannot be one
		return `""`
	}
	return string(b)
}

package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ErrNotHTTP says that an example speaks telnet, and the target does not.
var ErrNotHTTP = errors.New("the example speaks another protocol than HTTP")

// ErrNoAnswer says that no answer to an example could be recorded.
var ErrNoAnswer = errors.New("no answer to the example was recorded")

// Example is one example of KairosDB's manual with what KairosDB answers. Its
// store is empty before it.
type Example struct {
	ID       string
	Title    string
	Setup    []ExampleRequest
	Request  ExampleRequest
	Answered *ExampleAnswer // nil: none was recorded
	Then     []ExampleStep
}

// ExampleRequest is one request of an example, over HTTP or as telnet's text.
type ExampleRequest struct {
	Method, Path string
	Headers      map[string]string
	Body         json.RawMessage // a text, {"gzip": text}, or null
	Telnet       string
}

// ExampleAnswer is what KairosDB answers.
type ExampleAnswer struct {
	Telnet  *string // all that comes back by telnet; nil: it is HTTP's answer
	Status  int
	Headers map[string]string
	Body    json.RawMessage // a JSON value, a text, or null
}

// ExampleStep is a request that shows the effect of those before it. Or is an
// answer that is as right.
type ExampleStep struct {
	Request  ExampleRequest
	Answered ExampleAnswer
	Or       *ExampleAnswer
}

// ReadManual reads the file of examples.
func ReadManual(r io.Reader) ([]Example, error) {
	d := json.NewDecoder(r)
	var about json.RawMessage
	if err := d.Decode(&about); err != nil {
		return nil, fmt.Errorf("read manual: %w", err)
	}
	var list []Example
	for d.More() {
		var e Example
		if err := d.Decode(&e); err != nil {
			return nil, fmt.Errorf("read manual: example %d: %w", len(list), err)
		}
		list = append(list, e)
	}
	return list, nil
}

// Run plays the example as of now and tells what the answers have otherwise
// than KairosDB's, or nothing.
func (e *Example) Run(ctx context.Context, t Target, now time.Time) ([]string, error) {
	if e.Answered == nil {
		return nil, ErrNoAnswer
	}
	var made Made
	for i := range e.Setup {
		a, err := e.Setup[i].send(ctx, t, now, &made)
		made.learn(e.Setup[i].Method, `{"id":"{id}"}`, a.body)
		if err == nil && a.status >= 300 {
			err = errors.New(strings.TrimSpace(showError(a.status, a.body)))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: setup %d: %w", e.ID, i, err)
		}
	}
	steps := append([]ExampleStep{{Request: e.Request, Answered: *e.Answered}}, e.Then...)
	for i := range steps {
		a, err := steps[i].Request.send(ctx, t, now, &made)
		if err != nil {
			return nil, fmt.Errorf("%s: request %d: %w", e.ID, i, err)
		}
		made.learn(steps[i].Request.Method, `{"id":"{id}"}`, a.body)
		problems := steps[i].Answered.check(&a, now)
		if or := steps[i].Or; or != nil && len(or.check(&a, now)) == 0 {
			continue
		}
		if len(problems) > 0 {
			return problems, nil
		}
	}
	return nil, nil
}

// send sends a request as of now. {id} in its path is what was made last.
func (r *ExampleRequest) send(ctx context.Context, t Target, now time.Time, made *Made) (received, error) {
	if r.Telnet != "" && telnetOf(t) == "" {
		return received{}, ErrNotHTTP
	}
	if r.Telnet != "" {
		answer, err := converse(ctx, telnetOf(t), timed(r.Telnet, now))
		return received{body: []byte(answer)}, err
	}
	body, err := r.text(now)
	if err != nil {
		return received{}, err
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, timed(made.path(r.Path), now), strings.NewReader(body))
	if err != nil {
		return received{}, err
	}
	for name, value := range r.Headers {
		req.Header.Set(name, value)
	}
	return exchange(t, req)
}

// text is the body as of now.
func (r *ExampleRequest) text(now time.Time) (string, error) {
	if len(r.Body) == 0 || string(r.Body) == "null" {
		return "", nil
	}
	var plain string
	if json.Unmarshal(r.Body, &plain) == nil {
		return timed(plain, now), nil
	}
	var packed struct{ Gzip string }
	if err := json.Unmarshal(r.Body, &packed); err != nil {
		return "", fmt.Errorf("body of an example: %w", err)
	}
	return zipped(timed(packed.Gzip, now)), nil
}

// check compares an answer with the one that KairosDB gives.
func (w *ExampleAnswer) check(got *received, now time.Time) []string {
	if w.Telnet != nil {
		if string(got.body) != *w.Telnet {
			return []string{fmt.Sprintf("telnet: got %q, want %q", got.body, *w.Telnet)}
		}
		return nil
	}
	if got.status != w.Status {
		return []string{fmt.Sprintf("status: got %d, want %d: %.300s", got.status, w.Status, got.body)}
	}
	for name, want := range w.Headers {
		if g := header(got.header, name); g != want {
			return []string{fmt.Sprintf("%s: got %q, want %q", name, g, want)}
		}
	}
	want := w.text(now)
	if !sameBody([]byte(strings.TrimSpace(string(got.body))), []byte(want)) {
		return []string{fmt.Sprintf("body: got %.600s, want %.600s", got.body, want)}
	}
	return nil
}

// text is the answer's body as of now. Times relative to now stand in quotes
// where the answer has numbers.
func (w *ExampleAnswer) text(now time.Time) string {
	if len(w.Body) == 0 || string(w.Body) == "null" {
		return ""
	}
	var plain string
	if json.Unmarshal(w.Body, &plain) == nil {
		return strings.TrimSpace(plain)
	}
	var b strings.Builder
	rest, quoted := string(w.Body), true
	for quoted {
		var before, amount string
		before, rest, quoted = strings.Cut(rest, `"{now`)
		b.WriteString(before)
		if quoted {
			amount, rest, _ = strings.Cut(rest, `}"`)
			b.WriteString("{now" + amount + "}")
		}
	}
	return timed(b.String(), now)
}

// timed is a text with its times filled in: {now}, {now-1h}, {now+1h},
// {now*1000}.
func timed(s string, now time.Time) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "{now")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		amount, after, _ := strings.Cut(rest, "}")
		ms := now.UnixMilli()
		if later, err := parseTime(strings.TrimPrefix(amount, "+"), time.UTC); err == nil {
			ms += later
		} else if factor, err := strconv.ParseInt(strings.TrimPrefix(amount, "*"), 10, 64); err == nil {
			ms *= factor
		}
		b.WriteString(strconv.FormatInt(ms, 10))
		s = after
	}
}

package conformance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Exchange is one recorded request and what KairosDB answered. The exchanges of
// a case follow each other on a store that is empty when the case begins.
type Exchange struct {
	Case           string
	Seq            int
	Method, Path   string
	RequestHeaders map[string]string `json:"request_headers"`
	RequestBody    *Payload          `json:"request_body"`
	Status         int
	Headers        map[string]string
	Body           *Payload
}

// Payload is a body: a text, bytes, or one so long that only its length was
// kept.
type Payload struct {
	Text   *string
	Base64 *string
	Long   *int
}

// ReadRecording reads a file of exchanges, a JSON object on each line, the
// first of which says what the file is.
func ReadRecording(r io.Reader) ([]Exchange, error) {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 16<<20)
	var list []Exchange
	for first := true; s.Scan(); first = false {
		if first {
			continue
		}
		var e Exchange
		if err := json.Unmarshal(s.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("read recording: exchange %d: %w", len(list), err)
		}
		list = append(list, e)
	}
	return list, s.Err()
}

// ID is the exchange's name: its case and its number there.
func (e *Exchange) ID() string { return fmt.Sprintf("%s/%d", e.Case, e.Seq) }

// bytes are the payload's bytes.
func (p *Payload) bytes() ([]byte, error) {
	switch {
	case p == nil:
		return nil, nil
	case p.Text != nil:
		return []byte(*p.Text), nil
	case p.Base64 != nil:
		return base64.StdEncoding.DecodeString(*p.Base64)
	}
	return nil, nil
}

// Run sends the exchange's request and tells what the answer has otherwise than
// the recorded one, or nothing.
func (e *Exchange) Run(ctx context.Context, t Target) ([]string, error) {
	return e.RunAfter(ctx, t, &Made{})
}

// RunAfter is Run for an exchange that may name what those before it have made.
func (e *Exchange) RunAfter(ctx context.Context, t Target, made *Made) ([]string, error) {
	sent, err := e.RequestBody.bytes()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.ID(), err)
	}
	req, err := http.NewRequestWithContext(ctx, e.Method, made.path(e.Path), bytes.NewReader(sent))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.ID(), err)
	}
	for name, value := range e.RequestHeaders {
		req.Header.Set(name, value)
	}
	got, err := exchange(t, req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.ID(), err)
	}
	if e.Body != nil && e.Body.Text != nil {
		made.learn(e.Method, *e.Body.Text, got.body)
		got.body = []byte(made.back(string(got.body)))
	}
	return e.check(got), nil
}

// check compares an answer with the recorded one.
func (e *Exchange) check(got received) []string {
	if got.status != e.Status {
		return []string{fmt.Sprintf("status: got %d, want %d: %.200s", got.status, e.Status, got.body)}
	}
	problems := e.checkHeaders(got.header)
	want, err := e.Body.bytes()
	if err == nil && e.Body != nil && e.Body.Base64 != nil {
		want, err = unzipped(http.Header{"Content-Encoding": {e.Headers["Content-Encoding"]}}, want)
	}
	switch {
	case err != nil:
		return append(problems, "recorded body: "+err.Error())
	case e.Body != nil && e.Body.Long != nil:
		return problems
	case !sameBody(got.body, want):
		return append(problems, fmt.Sprintf("body: got %.400s, want %.400s", got.body, want))
	}
	return problems
}

// comparedHeaders are the headers that a client can depend on.
func comparedHeaders() []string {
	return []string{
		"Access-Control-Allow-Origin", "Access-Control-Allow-Headers", "Access-Control-Max-Age",
		"Access-Control-Allow_Method", "Pragma", "Cache-Control", "Expires", "Content-Type",
		"Content-Encoding", "Vary", "Allow",
	}
}

// checkHeaders compares the headers that count, whether they are there too.
func (e *Exchange) checkHeaders(got http.Header) []string {
	var problems []string
	for _, name := range comparedHeaders() {
		g, w := header(got, name), e.Headers[name]
		if g != w && !(name == "Allow" && sameWords(g, w)) {
			problems = append(problems, fmt.Sprintf("%s: got %q, want %q", name, g, w))
		}
	}
	return problems
}

// header is a header's value, whatever the case of its name.
func header(h http.Header, name string) string {
	for n, values := range h {
		if strings.EqualFold(n, name) {
			return strings.Join(values, ", ")
		}
	}
	return ""
}

// sameWords tells whether two lists with commas have the same words.
func sameWords(a, b string) bool {
	x, y := strings.Split(strings.ReplaceAll(a, " ", ""), ","), strings.Split(strings.ReplaceAll(b, " ", ""), ",")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// sameBody tells whether two bodies say the same: JSON as values, messages in
// any order and without what Java's libraries put into them.
func sameBody(got, want []byte) bool {
	if bytes.Equal(got, want) {
		return true
	}
	g, errG := decode(withoutIDs(inSetOrderOfTasks(got)))
	w, errW := decode(withoutIDs(inSetOrderOfTasks(want)))
	if errG != nil || errW != nil {
		return false
	}
	if list, ok := messages(w); ok {
		other, ok := messages(g)
		return ok && sameMessages(other, list)
	}
	return sameValue(g, w)
}

// messages are the texts of an error's body.
func messages(v any) ([]string, bool) {
	object, ok := v.(map[string]any)
	if !ok || len(object) != 1 {
		return nil, false
	}
	list, ok := object["errors"].([]any)
	if !ok {
		return nil, false
	}
	out := make([]string, len(list))
	for i := range list {
		if out[i], ok = list[i].(string); !ok {
			out[i] = "null"
		}
	}
	return out, true
}

// sameMessages compares messages as a set. Where KairosDB's is made by the Java
// virtual machine any text will do, and lists of zones are not compared.
func sameMessages(got, want []string) bool {
	slices.Sort(got)
	slices.Sort(want)
	return slices.EqualFunc(got, want, func(g, w string) bool {
		if begin, _, ok := strings.Cut(w, "must be one of [Africa/"); ok {
			return strings.HasPrefix(g, begin)
		}
		return g == w || madeByJava(w)
	})
}

// madeByJava tells whether a message depends on the Java virtual machine.
func madeByJava(message string) bool {
	return slices.ContainsFunc([]string{
		"Cannot invoke ", "Cannot read ", "Cannot load ", "Cannot store ", "cannot be cast to class",
		"Index 0 out of bounds", "java.util.regex.PatternSyntaxException",
	}, func(part string) bool { return strings.Contains(message, part) })
}

package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// request sends a request step as it stands and shows the status, the headers
// that it asks for, and the body.
func (r *run) request(ctx context.Context, st *Step) (string, error) {
	method, where, ok := strings.Cut(st.Args, " ")
	if !ok {
		return "", fmt.Errorf("a request is: request METHOD PATH")
	}
	lines, only := onlyOf(st.Lines)
	sent, shown, body := parseRequest(lines, r.isolated)
	a, err := r.send(ctx, method, r.isolatedPath(where), sent, body)
	if err != nil {
		return "", err
	}
	if len(only) > 0 {
		a.body = namesOf(a.body, func(name string) bool { return slices.Contains(only, name) })
	}
	if len(shown) == 0 && a.status >= 400 {
		return showError(a.status, a.body), nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d\n", a.status)
	for _, name := range shown {
		if value := header(a.header, name); value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	if text := strings.TrimSuffix(string(a.body), "\n"); text != "" {
		b.WriteString(text + "\n")
	}
	return b.String(), nil
}

// onlyOf takes the first line out if it says which names of a list to show.
func onlyOf(lines []string) (rest, only []string) {
	if len(lines) > 0 {
		if names, ok := strings.CutPrefix(lines[0], "only "); ok {
			return lines[1:], strings.Fields(names)
		}
	}
	return lines, nil
}

// namesOf is an answer with a list of names without those that are not kept.
func namesOf(body []byte, kept func(name string) bool) []byte {
	var answer struct {
		Results []string `json:"results"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return body
	}
	answer.Results = slices.DeleteFunc(answer.Results, func(name string) bool { return !kept(name) })
	list, err := json.Marshal(answer)
	if err != nil {
		return body
	}
	return list
}

// parseRequest sorts the lines below a request into headers to send, names of
// headers to show, and a body. A body behind the word gzip is compressed after
// isolated has renamed its metrics.
func parseRequest(lines []string, isolated func(string) string) (header http.Header, shown []string, body string) {
	header = http.Header{}
	for i, line := range lines {
		if names, ok := strings.CutPrefix(line, "show "); ok {
			shown = strings.Fields(names)
			continue
		}
		if !isHeader(line) {
			body = strings.Join(lines[i:], "\n")
			break
		}
		name, value, _ := strings.Cut(line, ": ")
		header.Add(name, value)
	}
	if plain, ok := strings.CutPrefix(body, "gzip "); ok {
		return header, shown, zipped(isolated(plain))
	}
	return header, shown, body
}

// isHeader tells whether a line below a request is a header: a word that begins
// with a capital letter, a colon, a blank.
func isHeader(line string) bool {
	name, _, ok := strings.Cut(line, ": ")
	return ok && name != "" && name[0] >= 'A' && name[0] <= 'Z' && !strings.ContainsAny(name, ` "{[`)
}

package conformance

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// request sends a request step as it stands and shows the status, the headers
// that it asks for, and the body.
func (r *run) request(ctx context.Context, st *Step) (string, error) {
	method, where, ok := strings.Cut(st.Args, " ")
	if !ok {
		return "", fmt.Errorf("a request is: request METHOD PATH")
	}
	sent, shown, body := parseRequest(st.Lines, r.isolated)
	a, err := r.send(ctx, method, r.isolatedPath(where), sent, body)
	if err != nil {
		return "", err
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

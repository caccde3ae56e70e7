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
	lines, only := linesOf("only", st.Lines)
	lines, hidden := linesOf("hide", lines)
	lines, kept := linesOf("keep", lines)
	sent, shown, body := parseRequest(lines, r.isolated)
	a, err := r.send(ctx, method, r.isolatedPath(where), sent, body)
	if err != nil {
		return "", err
	}
	if err := r.keep(&a, kept); err != nil {
		return "", err
	}
	if len(only) > 0 {
		a.body = namesOf(a.body, func(name string) bool { return slices.Contains(only, name) })
	}
	if len(hidden) > 0 {
		a.body = hiding(a.body, hidden)
	}
	if len(shown) == 0 && a.status >= 400 {
		return showError(a.status, a.body), nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d\n", a.status)
	for _, name := range shown {
		if value := header(a.header, name); value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, r.names.in([]byte(value)))
		}
	}
	if text := strings.TrimSuffix(string(a.body), "\n"); text != "" {
		b.WriteString(text + "\n")
	}
	return b.String(), nil
}

// linesOf takes the lines that begin with a word out of those before the body, and
// answers their other words.
func linesOf(word string, lines []string) (rest, words []string) {
	head := true
	for _, line := range lines {
		first, args, _ := strings.Cut(line, " ")
		head = head && (slices.Contains([]string{"show", "only", "hide", "keep"}, first) || isHeader(line))
		if head && first == word {
			words = append(words, strings.Fields(args)...)
			continue
		}
		rest = append(rest, line)
	}
	return rest, words
}

// keep has members of an answer be words from here on, which are given as pairs of
// word and path.
func (r *run) keep(a *received, pairs []string) error {
	if len(pairs) == 0 {
		return nil
	}
	answer, err := decode(a.body)
	if err != nil || len(pairs)%2 != 0 {
		return fmt.Errorf("keep is: keep WORD PATH, of an answer in JSON: %d %.300s", a.status, a.body)
	}
	for pair := range slices.Chunk(pairs, 2) {
		value := at(answer, strings.Split(pair[1], "."))
		if value == "" {
			return fmt.Errorf("there is no text at %s to keep: %d %.300s", pair[1], a.status, a.body)
		}
		r.names.add(pair[0], value)
	}
	a.body = r.names.in(a.body)
	return nil
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

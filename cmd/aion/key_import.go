package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"aion/api/access"
	"aion/api/admin"
)

// keyImportCommand takes over keys.
type keyImportCommand struct {
	operatorSettings
	grantSettings
	Format string `default:"auto" enum:"auto,csv,json" help:"csv: a table with headings; json: an object a line, or a list of objects; auto: csv unless the file begins with { or [."`
	File   string `arg:"" optional:"" default:"-" help:"File to read; - is the pipe."`
}

// Help is what key import --help prints below its first line.
func (*keyImportCommand) Help() string {
	return "A key has an id and a secret, and may have name, organization, ownerId, role, scope, context (TYPE:ID ID in CSV), rateLimit, limits (in JSON) and expires; " +
		"what it leaves out the settings say. In CSV several scopes and ids have spaces between. " +
		"All keys are taken or none, and what is wrong is told with its line. Keys that are there already just so stay. " + operatorHelp +
		"\n\nExample: aion key import --scope device:write-data keys.csv"
}

// imported is a key of a file and the line it begins in.
type imported struct {
	fields
	line int
}

// Run reads the file and makes the keys.
func (c *keyImportCommand) Run(ctx context.Context, to *streams) error {
	usual, err := c.fields()
	if err != nil {
		return &ended{exitUsage, err}
	}
	text, err := readInput(c.File)
	if err != nil {
		return &ended{exitUsage, err}
	}
	all, err := parseKeys(text, c.Format)
	if err != nil {
		return &ended{exitUsage, fmt.Errorf("%s: %w", c.File, err)}
	}
	body := make([]fields, len(all))
	for i := range all {
		body[i] = all[i].or(usual)
	}
	return c.do(ctx, func(o *operator) error {
		var done access.Imported
		if err := o.ask(ctx, http.MethodPost, "/keys/import", body, &done); err != nil {
			return inLines(err, all)
		}
		if c.JSON {
			return printJSON(to.out, done)
		}
		_, err := fmt.Fprintf(to.out, "%d keys taken over, %d were there already\n", done.Created, done.Unchanged)
		return err
	})
}

// readInput is all of a file, or of the pipe.
func readInput(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(path)
}

// or is a key whose gaps are filled by what keys usually say.
func (k *imported) or(usual fields) fields {
	f := k.fields
	for _, gap := range []struct{ to, from *string }{
		{&f.Organization, &usual.Organization}, {&f.Owner, &usual.Owner}, {&f.Role, &usual.Role},
	} {
		if *gap.to == "" {
			*gap.to = *gap.from
		}
	}
	if f.Scope == nil {
		f.Scope = usual.Scope
	}
	if f.Context == nil {
		f.Context = usual.Context
	}
	if f.RateLimit == 0 {
		f.RateLimit = usual.RateLimit
	}
	if f.Limits == (access.Limits{}) {
		f.Limits = usual.Limits
	}
	if f.Expires == nil {
		f.Expires = usual.Expires
	}
	return f
}

// placed finds the place of a key in a problem.
var placed = regexp.MustCompile(`keys\[(\d+)\]`)

// inLines is err with lines of the file where it names places in a list.
func inLines(err error, all []imported) error {
	answer, ok := errors.AsType[*answerError](err)
	if !ok {
		return err
	}
	told := &answerError{status: answer.status}
	for _, problem := range answer.problems {
		told.problems = append(told.problems, placed.ReplaceAllStringFunc(problem, func(place string) string {
			i, err := strconv.Atoi(placed.FindStringSubmatch(place)[1])
			if err != nil || i >= len(all) {
				return place
			}
			return "line " + strconv.Itoa(all[i].line)
		}))
	}
	return told
}

// parseKeys reads keys in a format.
func parseKeys(text []byte, format string) ([]imported, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	begin := bytes.TrimLeft(text, " \t\r\n")
	isJSON := len(begin) > 0 && (begin[0] == '{' || begin[0] == '[')
	if format == "csv" || format == "auto" && !isJSON {
		return parseKeysCSV(text)
	}
	return parseKeysJSON(text)
}

// parseKeysJSON reads objects, one behind the other or in a list.
func parseKeysJSON(text []byte) ([]imported, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	line := func() int {
		at := int(d.InputOffset())
		at += len(text[at:]) - len(bytes.TrimLeft(text[at:], " \t\r\n,"))
		return 1 + bytes.Count(text[:at], []byte("\n"))
	}
	list := bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("["))
	if list {
		if _, err := d.Token(); err != nil {
			return nil, err
		}
	}
	var all []imported
	for d.More() {
		k := imported{line: line()}
		if err := d.Decode(&k.fields); err != nil {
			return nil, fmt.Errorf("line %d: %s", k.line, strings.TrimPrefix(err.Error(), "json: "))
		}
		if err := k.whole(); err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	if _, err := d.Token(); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("line %d: %w", line(), err)
	}
	return all, nil
}

// whole tells what a key lacks that only the file can say.
func (k *imported) whole() error {
	if k.ID == "" || k.Secret == "" {
		return fmt.Errorf("line %d: want an id and a secret", k.line)
	}
	return nil
}

// headings are the columns that CSV may have.
var headings = [...]string{"id", "secret", "name", "organization", "ownerId", "role", "scope", "context", "rateLimit", "expires"}

// parseKeysCSV reads a table with headings.
func parseKeysCSV(text []byte) ([]imported, error) {
	r := csv.NewReader(bytes.NewReader(text))
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("want headings and keys: %w", err)
	}
	for i, name := range head {
		if !slices.Contains(headings[:], name) || slices.Contains(head[:i], name) {
			return nil, fmt.Errorf("line 1: got the heading %q, want each once of %s", name, strings.Join(headings[:], ", "))
		}
	}
	var all []imported
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		k := imported{line: line}
		for i, text := range row {
			if err := k.set(head[i], text); err != nil {
				return nil, fmt.Errorf("line %d: %s: %w", line, head[i], err)
			}
		}
		if err := k.whole(); err != nil {
			return nil, err
		}
		all = append(all, k)
	}
}

// set sets a field from CSV; the empty text leaves it out.
func (k *imported) set(heading, text string) (err error) {
	texts := map[string]*string{
		"id": &k.ID, "secret": &k.Secret, "name": &k.Name, "organization": &k.Organization, "ownerId": &k.Owner, "role": &k.Role,
	}
	to, plain := texts[heading]
	switch {
	case text == "":
	case plain:
		*to = text
	case heading == "scope":
		k.Scope = strings.Fields(text)
	case heading == "context":
		kind, ids, _ := strings.Cut(text, ":")
		k.Context, err = parseContext(kind + ":" + strings.Join(strings.FieldsFunc(ids, isBreak), ","))
	case heading == "rateLimit":
		k.RateLimit, err = strconv.Atoi(text)
	case heading == "expires":
		var at instant
		err = at.UnmarshalText([]byte(text))
		k.Expires = &admin.Deadline{Time: time.UnixMilli(int64(at)).UTC()}
	}
	return err
}

// isBreak tells whether a character stands between ids.
func isBreak(r rune) bool { return r == ' ' || r == ',' || r == ';' }

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"aion/api/access"
)

// printKey prints a key.
func printKey(to io.Writer, r access.KeyRecord, asJSON bool) error {
	if asJSON {
		return printJSON(to, r)
	}
	rows := [][]string{{"id", r.ID}}
	if r.Secret != "" {
		rows = append(rows, []string{"secret", r.Secret + "  (shown this once)"})
	}
	return printTable(to, append(rows, [][]string{
		{"name", r.Name}, {"organization", r.Organization}, {"owner", r.Owner}, {"role", string(r.Role)},
		{"scope", scopesText(r.Scopes)}, {"context", contextText(r.Context)}, {"rate limit", rateText(r.RateLimit)}, {"limits", r.Limits.String()},
		{"created", timeText(&r.Created)}, {"modified", timeText(&r.Modified)}, {"last used", timeText(r.Used)},
		{"expires", timeText(r.Expires)}, {"revoked", timeText(r.Revoked)},
	}...))
}

// printJSON prints a value.
func printJSON(to io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(to, "%s\n", text)
	return err
}

// printTable prints rows, a dash where nothing stands.
func printTable(to io.Writer, rows [][]string) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, text := range row {
			if text == "" {
				row[i] = "-"
			}
		}
		// What a tabwriter cannot write it tells at Flush.
		_, _ = fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// scopesText is a list of scopes for people; without a list they are the role's.
func scopesText(all []access.Scope) string {
	if all != nil && len(all) == 0 {
		return "none"
	}
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = string(s)
	}
	return strings.Join(texts, ",")
}

// contextText is a context for people.
func contextText(c access.Context) string {
	if c.Whole() && len(c.IDs) == 0 {
		return ""
	}
	return string(c.Type) + ":" + strings.Join(c.IDs, ",")
}

// rateText is a limit for people.
func rateText(n int) string {
	if n < 0 {
		return ""
	}
	return strconv.Itoa(n) + "/min"
}

// timeText is a time for people.
func timeText(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

package load

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// layout is a row of the table for people.
const layout = "%-32s %7s %9s %7s %9s %10s %9s %9s %9s %9s %10s\n"

// WriteTable writes the report for people to read.
func (r *Report) WriteTable(to io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s at %s (%s): %s series, %s points each\n\n", r.Metric, r.Target, r.Server, count(int64(r.Series)), count(int64(r.Points)))
	fmt.Fprintf(&b, layout, "work", "clients", "requests", "failed", "req/s", "points/s", "p50 ms", "p90 ms", "p99 ms", "max ms", "first byte")
	for _, row := range r.Rows {
		row.write(&b)
	}
	for _, row := range r.Rows {
		for _, f := range row.Failures {
			fmt.Fprintf(&b, "\n%s: %s times %s: %s\n", row.name(), count(f.Count), f.Status, f.Example)
		}
	}
	if r.Interrupted {
		b.WriteString("\nInterrupted: this is what has been measured so far.\n")
	}
	b.WriteString(r.left())
	_, err := io.WriteString(to, b.String())
	return err
}

// left says what the run has left behind, nothing where it has not. Of a request that
// failed some points may be stored, such as of one whose answer did not arrive, and of
// those that the end of the run broke off, which no row counts.
func (r *Report) left() string {
	var acknowledged, failed int64
	brokenOff := false
	for _, row := range r.Rows {
		if row.Work == writing {
			acknowledged, failed = acknowledged+row.Points, failed+row.Failed
			brokenOff = r.Interrupted
		}
	}
	switch {
	case r.Removed || acknowledged == 0 && failed == 0 && !brokenOff:
		return ""
	case acknowledged == 0:
		return fmt.Sprintf("\nNo point of %s was acknowledged. To delete what may be there all the same: %s\n", r.Metric, r.removal())
	}
	return fmt.Sprintf("\n%s is still there. To delete it: %s\n", r.Metric, r.removal())
}

// name is what the row is called in the table.
func (r *Row) name() string { return string(r.Phase) + " " + r.Work }

// write writes the row, and when its points were visible below it.
func (r *Row) write(b *strings.Builder) {
	first := "-"
	if r.FirstByte != nil {
		first = milliseconds(r.FirstByte.P50)
	}
	l := Latency{}
	if r.Latency != nil {
		l = *r.Latency
	}
	fmt.Fprintf(b, layout, r.name(), strconv.Itoa(r.Clients), strconv.FormatInt(r.Requests, 10), strconv.FormatInt(r.Failed, 10),
		rate(r.PerSecond), rate(r.Rate), milliseconds(l.P50), milliseconds(l.P90), milliseconds(l.P99), milliseconds(l.Max), first)
	if r.Visible != nil {
		fmt.Fprintf(b, "  visible: %s points after %.2f s, %s points/s\n", count(r.Visible.Points), r.Visible.Seconds, rate(r.Visible.Rate))
	}
}

// rate is a number in three digits with a unit: 2.11 M.
func rate(n float64) string {
	unit := ""
	for _, u := range []string{" k", " M", " G"} {
		if n < 999.5 {
			break
		}
		n, unit = n/1000, u
	}
	return short(n) + unit
}

// milliseconds is a time in three digits.
func milliseconds(ms float64) string { return short(ms) }

// short is a number in three digits, or in as many as stand before the point.
func short(n float64) string {
	switch {
	case n >= 99.95 || n == 0:
		return strconv.FormatFloat(n, 'f', 0, 64)
	case n >= 9.995:
		return strconv.FormatFloat(n, 'f', 1, 64)
	}
	return strconv.FormatFloat(n, 'f', 2, 64)
}

// count is a whole number with its thousands apart: 10,000,000.
func count(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// String is the progress in one line.
func (p Progress) String() string {
	text := fmt.Sprintf("%s: %.0f s", strings.TrimSpace(string(p.Phase)+" "+p.Work), p.Seconds)
	if p.Points > 0 {
		text += fmt.Sprintf(", %s points, %s/s", count(p.Points), rate(float64(p.Points)/max(p.Seconds, 1e-3)))
	}
	if p.Total > 0 {
		text += fmt.Sprintf(", %d %%", 100*p.Points/p.Total)
	}
	return text
}

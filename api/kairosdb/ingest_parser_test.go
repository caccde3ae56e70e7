package kairosdb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"aion/storage"
	writes "aion/storage/ingest"
	"aion/storage/memory"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// outcome is what became of an ingest request.
type outcome struct {
	status   int
	messages []string
	stored   []string // a line a point, sorted
}

// String prints o for a test's report.
func (o outcome) String() string {
	return fmt.Sprintf("%d %q %q", o.status, o.messages, o.stored)
}

// equal tells whether two requests ended alike.
func (o outcome) equal(p outcome) bool {
	return o.status == p.status && slices.Equal(o.messages, p.messages) && slices.Equal(o.stored, p.stored)
}

// ingested gives a parser a body and tells what becomes of it.
func ingested(tb testing.TB, p *ingestParser, body io.Reader) outcome {
	tb.Helper()
	return ingestedInto(tb, memory.New(memory.Config{}), p, body)
}

// ingestedAgain is ingested for a body whose series the store recalls, since it has
// come before.
func ingestedAgain(tb testing.TB, p *ingestParser, body []byte) outcome {
	tb.Helper()
	store := storagetest.NewRecalling(storage.Checked(memory.New(memory.Config{})), 5)
	p.again = again{} // whatever came before
	ingestedInto(tb, store, p, bytes.NewReader(body))
	p.again = again{}
	return ingestedInto(tb, store, p, bytes.NewReader(body))
}

// ingestedInto is ingested with a store.
func ingestedInto(tb testing.TB, store storage.Store, p *ingestParser, body io.Reader) outcome {
	tb.Helper()
	messages, err := p.parse(tb.Context(), body, store)
	o := outcome{http.StatusNoContent, messages, dump(tb, store)}
	fault, ok := errors.AsType[*Fault](err)
	switch {
	case ok:
		o.status, o.messages = fault.Status, fault.Messages
	case errors.Is(err, points.ErrLimit):
		o.status, o.messages = http.StatusRequestEntityTooLarge, []string{err.Error()}
	case err != nil:
		tb.Fatal(err)
	case len(messages) > 0:
		o.status = http.StatusBadRequest
	}
	return o
}

// dump lists what a store holds: m{h=a} long 1 5.
func dump(tb testing.TB, store storage.Store) []string {
	tb.Helper()
	var lines []string
	for s, err := range store.Select(tb.Context(), storage.Selection{}) {
		if err != nil {
			tb.Fatal(err)
		}
		var b points.Block
		c := s.Points(points.Always, points.Asc)
		for c.Next(tb.Context(), &b) == nil {
			for i := range b.Times {
				lines = append(lines, strings.Replace(s.Key().String(), "kairos_", "", 1)+
					fmt.Sprintf(" %d %s", b.Times[i], value(&b, i)))
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// value prints the value of point i.
func value(b *points.Block, i int) string {
	switch {
	case b.Kind == points.Text:
		return fmt.Sprintf("%q", b.Texts[i])
	case b.Int(i):
		return fmt.Sprint(b.Ints[i])
	}
	return fmt.Sprint(b.Floats[i])
}

// parserOf makes a parser that behaves as a release.
func parserOf(r release) *ingestParser { return newIngestParser(r, writes.Config{}) }

package kairosdb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"aion/api/access"
	"aion/api/wire"
	"aion/storage"
	"aion/storage/points"
)

// rehearsed is the body for somebody who may not write everywhere: it is read
// whole and parsed once without storing anything, so that a request with a single
// point outside stores none. It may be as large as the body of a request that is
// no ingest. For all others it is the body as it comes.
func (p *Protocol) rehearsed(ctx context.Context, parser *ingestParser, body io.Reader) (io.Reader, error) {
	who := access.From(ctx)
	if who != nil && who.Constraint.Free() {
		return body, nil
	}
	most := min(p.MaxBody, p.MaxIngest)
	text, err := io.ReadAll(wire.Bounded(body, "http.max-body", most))
	if err != nil && !errors.Is(err, errTruncated) {
		return nil, err
	}
	var away error // the store, which tells of properties
	parser.permits = func(key *points.Key) bool {
		ok := false
		if who != nil && away == nil {
			ok, away = who.Constraint.Writes(ctx, key)
		}
		return ok
	}
	defer func() { parser.permits = nil }()
	_, refused := parser.parse(ctx, bytes.NewReader(text), nothing{})
	if away != nil {
		return nil, away
	}
	if fault, ok := errors.AsType[*Fault](refused); ok && fault.Status == http.StatusForbidden {
		return nil, fault
	}
	return &replay{text: bytes.NewReader(text), end: err}, nil
}

// replay is a body that has been read, with the failure that it ended with.
type replay struct {
	text *bytes.Reader
	end  error // nil: none
}

// Read reads on.
func (r *replay) Read(b []byte) (int, error) {
	n, err := r.text.Read(b)
	if err != nil && r.end != nil {
		err = r.end
	}
	return n, err
}

// nothing stores nothing.
type nothing struct{ storage.Writer }

// Write does nothing.
func (nothing) Write(context.Context, *storage.Batch) error { return nil }

// inside is nil where the present object's series may be written.
func (p *ingestParser) inside(key *points.Key) error {
	if p.permits == nil || p.permits(key) {
		return nil
	}
	o := metricObject{name: optional[string]{key.Metric, true}}
	return &Fault{http.StatusForbidden, []string{o.context(p.count) + " may not be written with these credentials."}}
}

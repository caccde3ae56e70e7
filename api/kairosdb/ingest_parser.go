package kairosdb

import (
	"context"
	"io"

	"aion/api/kairosdb/gson"
	"aion/storage"
	writes "aion/storage/ingest"
)

// ingestParser reads the bodies of POST /api/v1/datapoints and stores their
// points, one request at a time, in bounded memory however long the body is.
// What it answers and stores is what KairosDB's DataPointsParser does. Its
// memory is used again by the next request.
type ingestParser struct {
	release  release
	exact    bool // without the scanner for plain objects
	early    int  // bytes of an object from which on points are stored before it ends
	window   window
	writer   *writes.Writer
	problems problems
	object   metricObject
	plain    plainObject
	spans    seriesSpans
	scratch  []byte
	count    int // metric objects before the present one
}

// newIngestParser makes a parser.
func newIngestParser(r release, c writes.Config) *ingestParser {
	return &ingestParser{
		release: r, early: earlyBytes, window: newWindow(windowSize), writer: writes.New(nil, c), spans: newSeriesSpans(),
	}
}

// parse reads a body and stores its points. The messages say what was wrong with
// points that have been left out; the error is a *Fault, or what ended
// the body or the store. In every case the points that KairosDB would have
// stored by then are stored.
func (p *ingestParser) parse(ctx context.Context, body io.Reader, store storage.Writer) ([]string, error) {
	p.window.reset(body)
	p.writer.Reset(store)
	p.problems.reset()
	p.count = 0
	err := p.body(ctx)
	if stored := p.writer.Flush(ctx); stored != nil {
		err = stored
	}
	p.object.reset()
	p.window.src = nil
	return p.problems.messages(), err
}

// options are how the exact reader of this release reads.
func (p *ingestParser) options() gson.Options {
	return gson.Options{Old: p.release.oldTexts, Token: maxTextBytes}
}

// body reads an array of metric objects, or a single one.
func (p *ingestParser) body(ctx context.Context) error {
	r := p.window.lend(p.options())
	t, err := r.Peek()
	switch {
	case ended(err):
		p.problems.add(endOfInput)
		return nil
	case err != nil:
		return arrayError(err)
	case t == gson.BeginObject:
		return p.element(ctx, r)
	case t != gson.BeginArray:
		p.problems.add("Invalid start of json.")
		return nil
	}
	if err := r.BeginArray(); err != nil {
		return arrayError(err)
	}
	p.window.resume(r)
	return p.elements(ctx)
}

// elements reads the metric objects of an array.
func (p *ingestParser) elements(ctx context.Context) error {
	for {
		if !p.exact {
			if err := p.plainObjects(ctx); err != nil {
				return err
			}
		}
		r := p.window.lend(p.options())
		if err := r.InArray(p.count); err != nil {
			return arrayError(err)
		}
		more, err := r.HasNext()
		switch {
		case ended(err):
			p.problems.add(endOfInput)
			p.problems.add(endOfInput)
			return nil
		case err != nil:
			return arrayError(err)
		case !more:
			return arrayError(r.EndArray())
		}
		if err := p.element(ctx, r); err != nil {
			return err
		}
		p.window.resume(r)
	}
}

// element reads one metric object and stores its points.
func (p *ingestParser) element(ctx context.Context, r *gson.Reader) error {
	r.SetLenient(true)
	object, err := p.readMetric(ctx, r)
	if err != nil {
		return objectError(err)
	}
	r.SetLenient(false)
	if !object {
		return broken("")
	}
	if err := p.publish(ctx); err != nil {
		return err
	}
	p.count++
	return p.writer.FlushFull(ctx)
}

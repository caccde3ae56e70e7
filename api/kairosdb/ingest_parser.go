package kairosdb

import (
	"context"
	"io"

	"aion/api/kairosdb/gson"
	"aion/storage"
	writes "aion/storage/ingest"
	"aion/storage/points"
)

// ingestParser reads the bodies of POST /api/v1/datapoints and stores their
// points, one request at a time, in bounded memory however long the body is.
// What it answers and stores is what KairosDB's DataPointsParser does. Its
// memory is used again by the next request.
type ingestParser struct {
	release  release
	dialect  dialect
	exact    bool                   // without the scanner for plain objects
	early    int                    // bytes of an object from which on points are stored before it ends
	most     int                    // bytes of an object that are held
	permits  func(*points.Key) bool // a series that it denies ends the request; nil: there is none
	turn     turn
	unpacker unpacker
	window   window
	writer   *writes.Writer
	problems problems
	object   metricObject
	plain    plainObject
	scanned  bool // plain is what could be scanned of the present object
	spans    seriesSpans
	again    again
	scratch  []byte
	count    int // metric objects before the present one
}

// newIngestParser makes a parser.
func newIngestParser(r release, c writes.Config) *ingestParser {
	c.Key = spanKey
	return &ingestParser{
		release: r, early: earlyBytes, most: maxObjectBytes,
		window: newWindow(windowSize), writer: writes.New(nil, c), spans: newSeriesSpans(),
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
	p.again.begin()
	p.count, p.scanned = 0, false
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
	p.window.resume()
	return p.elements(ctx)
}

// maxBurst is how many objects are read exactly before the scanner is asked
// again, when it has not taken any for a while.
const maxBurst = 64

// elements reads the metric objects of an array.
func (p *ingestParser) elements(ctx context.Context) error {
	for burst := 1; ; burst = min(2*burst, maxBurst) {
		if !p.exact {
			before := p.count
			if err := p.plainObjects(ctx); err != nil {
				return err
			}
			if p.count > before {
				burst = 1
			}
		}
		if ended, err := p.exactObjects(ctx, burst); ended || err != nil {
			return err
		}
	}
}

// exactObjects reads up to n metric objects by Gson's rules, and tells whether
// the array has ended. It leaves the window behind the last of them.
func (p *ingestParser) exactObjects(ctx context.Context, n int) (bool, error) {
	r := p.window.lend(p.options())
	if err := r.InArray(p.count); err != nil {
		return false, arrayError(err)
	}
	for range n {
		more, err := r.HasNext()
		switch {
		case ended(err):
			p.problems.add(endOfInput)
			p.problems.add(endOfInput)
			return true, nil
		case err != nil:
			return false, arrayError(err)
		case !more:
			return true, arrayError(r.EndArray())
		}
		if err := p.element(ctx, r); err != nil {
			return false, err
		}
		p.scanned = false
	}
	p.window.resume()
	return false, nil
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

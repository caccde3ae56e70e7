package remotewrite

import (
	"bytes"
	"context"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"aion/storage/ingest"
	"aion/storage/points"
)

// reader reads requests, one after the other. What labels mean it remembers,
// because the same series come again and again.
type reader struct {
	protocol *Protocol
	writer   *ingest.Writer
	packed   bytes.Buffer
	plain    []byte
	series   map[string]*series // by the bytes of the labels
	size     int                // of the map's keys
	era      int                // of the writer
	labels   []byte             // of the series that is read
}

// series is where the samples of a series go.
type series struct {
	column  *ingest.Column // nil: nowhere
	key     points.Key     // of the column
	unnamed bool
}

// How many series, and bytes of labels, a reader remembers.
const (
	maxSeries = 1 << 16
	maxLabels = 16 << 20
)

// The fields of the messages prometheus.WriteRequest, TimeSeries, Label and
// Sample.
const (
	requestSeries = 1

	seriesLabels    = 1
	seriesSamples   = 2
	seriesExemplars = 3
	seriesHistogram = 4

	labelName  = 1
	labelValue = 2

	sampleValue = 1
	sampleTime  = 2
)

// stale are the bits of the NaN by which Prometheus says that a series has
// ended.
const stale = 0x7ff0000000000002

// errMalformed is a body that is no message.
var errMalformed = points.Invalid("the body is no prometheus.WriteRequest")

// field is one field of a message: bytes, or the bits of a number.
type field struct {
	number protowire.Number
	kind   protowire.Type
	bytes  []byte
	bits   uint64
}

// next takes the first field of a message and answers what is behind it.
func next(b []byte) (f field, rest []byte, err error) {
	n := 0
	f.number, f.kind, n = protowire.ConsumeTag(b)
	if n < 0 {
		return f, nil, errMalformed
	}
	b = b[n:]
	switch f.kind {
	case protowire.BytesType:
		f.bytes, n = protowire.ConsumeBytes(b)
	case protowire.VarintType:
		f.bits, n = protowire.ConsumeVarint(b)
	case protowire.Fixed64Type:
		f.bits, n = protowire.ConsumeFixed64(b)
	default:
		n = protowire.ConsumeFieldValue(f.number, f.kind, b)
	}
	if n < 0 {
		return f, nil, errMalformed
	}
	return f, b[n:], nil
}

// is tells whether f is a field of that number and kind.
func (f *field) is(number protowire.Number, kind protowire.Type) bool {
	return f.number == number && f.kind == kind
}

// request reads a request. What is wrong with single series it answers first,
// what ends the request second.
func (r *reader) request(ctx context.Context, b []byte) (wrong, err error) {
	for len(b) > 0 {
		var f field
		if f, b, err = next(b); err != nil {
			return wrong, err
		}
		if !f.is(requestSeries, protowire.BytesType) {
			continue
		}
		if problem, err := r.timeSeries(ctx, f.bytes); err != nil {
			return wrong, err
		} else if problem != nil && wrong == nil {
			wrong = problem
		}
	}
	return wrong, nil
}

// labelled is the series that a message is about.
func (r *reader) labelled(message []byte) (*series, error) {
	r.labels = r.labels[:0]
	for b := message; len(b) > 0; {
		f, rest, err := next(b)
		if err != nil {
			return nil, err
		}
		if b = rest; f.is(seriesLabels, protowire.BytesType) {
			r.labels = protowire.AppendBytes(r.labels, f.bytes)
		}
	}
	return r.find()
}

// timeSeries reads a series: its labels first, wherever they stand.
func (r *reader) timeSeries(ctx context.Context, message []byte) (problem, err error) {
	s, err := r.labelled(message)
	if err != nil {
		return nil, err
	}
	for b := message; len(b) > 0; {
		var f field
		if f, b, err = next(b); err != nil {
			return nil, err
		}
		switch {
		case f.is(seriesSamples, protowire.BytesType):
			if err := r.sample(s, f.bytes); err != nil {
				return nil, err
			}
		case f.number == seriesExemplars || f.number == seriesHistogram:
			r.protocol.figures.Other.Add(1)
		}
		if err := r.writer.FlushFull(ctx); err != nil {
			return nil, err
		}
		if r.era != r.writer.Era() { // a flush has let go of the column
			if s, err = r.find(); err != nil {
				return nil, err
			}
		}
	}
	if s.unnamed {
		return errNoName, nil
	}
	return nil, nil
}

// sample stores one sample.
func (r *reader) sample(s *series, b []byte) error {
	var bits, at uint64
	for len(b) > 0 {
		f, rest, err := next(b)
		if err != nil {
			return err
		}
		b = rest
		switch {
		case f.is(sampleValue, protowire.Fixed64Type):
			bits = f.bits
		case f.is(sampleTime, protowire.VarintType):
			at = f.bits
		}
	}
	figures := &r.protocol.figures
	switch {
	case s.unnamed:
		figures.Refused.Add(1)
	case s.column == nil:
		figures.NotSent.Add(1)
	case bits == stale:
		figures.Stale.Add(1)
	case s.column.Float(int64(at), math.Float64frombits(bits), 0) != nil:
		figures.Refused.Add(1)
	}
	return nil
}

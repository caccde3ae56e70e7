package transfer

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"aion/storage/points"
)

// maxKnown is how many rows' heads are remembered with the series they mean.
const maxKnown = 1 << 16

// rowReader gives the points of rows to the writer.
type rowReader struct {
	*importing
	layout *layout
	csv    *csv.Reader
	base   int64 // offset in the file of what csv reads
	line   int64 // lines before what csv reads

	known   map[string]points.Key // by what the row says of the series
	scratch []byte
	c       collected
}

// rows reads CSV.
func (r *importing) rows(ctx context.Context) error {
	in := r.csvReader(r.From.plain)
	p := &rowReader{importing: r, csv: in, known: map[string]points.Key{}}
	heading := r.Start.Heading
	if !r.Table.Headless && heading == nil {
		row, err := in.Read()
		if err != nil {
			return errors.Join(ErrForeign, fmt.Errorf("read the heading: %w", err))
		}
		heading = append(heading, row...)
	}
	if len(heading) > 0 {
		heading[0] = strings.TrimPrefix(heading[0], "\ufeff")
	}
	var err error
	if p.layout, err = r.Table.layout(heading); err != nil {
		return errors.Join(ErrForeign, err)
	}
	p.base, p.line = r.Start.Offset, max(0, r.Start.Line-1)
	r.marked.Heading = heading
	return p.read(ctx)
}

// csvReader reads rows of any length.
func (r *importing) csvReader(src io.Reader) *csv.Reader {
	in := csv.NewReader(src)
	in.Comma, in.FieldsPerRecord, in.ReuseRecord, in.LazyQuotes = r.Table.separator(), -1, true, true
	return in
}

// read reads all rows. One that is wrong is counted, and the next one read.
func (p *rowReader) read(ctx context.Context) error {
	for {
		row, err := p.csv.Read()
		if errors.Is(err, io.EOF) {
			p.mark()
			return nil
		}
		var wrong *csv.ParseError
		switch {
		case errors.As(err, &wrong):
			p.report.refuse(p.line+int64(wrong.StartLine), 1, wrong.Err.Error())
		case err != nil:
			return err
		default:
			p.row(row)
		}
		p.mark()
		if err := p.flush(ctx); err != nil {
			return err
		}
	}
}

// mark notes that all rows so far are with the writer.
func (p *rowReader) mark() {
	p.marked.Offset = p.base + p.csv.InputOffset()
	line, _ := p.csv.FieldPos(0)
	p.marked.Line = p.line + int64(line) + 1
	p.marked.Points, p.marked.Refuse = p.report.Points, p.report.Refused
}

// row gives the points of a row to the writer. Empty fields are no points.
func (p *rowReader) row(row []string) {
	at, ttl, typ, err := p.head(row)
	if err != nil {
		p.refuse(err)
		return
	}
	if !p.Choice.Range.Holds(at) {
		return
	}
	for i := range p.layout.values {
		f := &p.layout.values[i]
		text, ok := f.in(row)
		if !ok || text == "" && typ != textName {
			continue
		}
		key, err := p.key(row, f)
		if err == nil && p.Choice.Takes(key.Metric) {
			err = p.put(key, at, ttl, typ, text)
		}
		if err != nil {
			p.refuse(err)
		}
	}
}

// refuse counts a point of the row that was read last.
func (p *rowReader) refuse(err error) {
	line, _ := p.csv.FieldPos(0)
	p.report.refuse(p.line+int64(line), 1, err.Error())
}

// head is what a row says of all its points.
func (p *rowReader) head(row []string) (at int64, ttl time.Duration, typ string, err error) {
	text, _ := p.layout.at.in(row)
	if at, err = p.Table.parseTime(strings.TrimSpace(text)); err != nil {
		return 0, 0, "", err
	}
	if p.layout.typ != nil {
		typ, _ = p.layout.typ.in(row)
	}
	if p.layout.ttl != nil {
		if text, _ := p.layout.ttl.in(row); text != "" {
			ttl, err = life(text)
		}
	}
	return at, ttl, typ, err
}

// key is the series of a value, without its type. Tags without a text are left
// out.
func (p *rowReader) key(row []string, f *field) (points.Key, error) {
	metric := f.name
	if metric == "" {
		metric, _ = p.layout.metric.in(row)
	}
	b := append(append(p.scratch[:0], metric...), 0)
	for i := range p.layout.tags {
		text, _ := p.layout.tags[i].in(row)
		b = append(append(b, text...), 0)
	}
	p.scratch = b
	if key, ok := p.known[string(b)]; ok {
		return key, nil
	}
	key := points.Key{Metric: strings.ToValidUTF8(strings.Clone(metric), "\ufffd")}
	if key.Metric == "" {
		return key, errors.New("it has no metric")
	}
	for i := range p.layout.tags {
		if text, _ := p.layout.tags[i].in(row); text != "" {
			value := strings.ToValidUTF8(strings.Clone(text), "\ufffd")
			key.Tags = append(key.Tags, points.Tag{Name: p.layout.tags[i].name, Value: value})
		}
	}
	if len(p.known) >= maxKnown {
		clear(p.known)
	}
	p.known[string(b)] = key
	return key, nil
}

// put gives one point to the writer. Without a type a text that is a number is
// one.
func (p *rowReader) put(key points.Key, at int64, ttl time.Duration, typ, text string) error {
	v := value{text: text}
	switch storedType(typ) {
	case points.TypeLong, points.TypeDouble, points.TypeNull, points.TypeLegacy:
	case "":
		_, _, _, err := number(text)
		v.quoted = err != nil && !errors.Is(err, errNotFinite)
	case points.TypeComplex:
		return malformed("a complex number has no form in CSV")
	default:
		v.quoted = true
	}
	if err := p.c.add(at, typ, &v); err != nil {
		return err
	}
	if _, err := p.c.cut(key); err != nil {
		return err
	}
	p.report.Points++
	return p.c.give(p.pump.current, key, ttl)
}

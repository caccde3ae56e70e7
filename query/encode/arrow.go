package encode

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"aion/query"
	"aion/storage/points"
)

// Arrow writes an Arrow IPC stream. Its columns are those of the table, with
// another one, text, behind value: value is a double, and text what a double
// cannot hold, which are texts, values of opaque types as KairosDB's JSON has
// them, and the digits of integers that the double beside them is not. What is no
// number is null. Names and tags are dictionaries, which a batch replaces when it
// has others than the last one.
type Arrow struct{ Table }

// ContentType is that of Arrow IPC streams.
func (a *Arrow) ContentType() string { return "application/vnd.apache.arrow.stream" }

// Encode writes the schema and batches of up to batchRows points.
func (a *Arrow) Encode(ctx context.Context, w io.Writer, answers iter.Seq2[*query.Answer, error]) error {
	schema := a.schema()
	stream := &batches{schema: schema, out: ipc.NewWriter(w, ipc.WithSchema(schema))}
	stream.batch = newBatch(&a.Table)
	err := each(answers, func(metric int, r *query.Result) error {
		stream.batch.begin(&a.Table, metric, r)
		return blocks(ctx, r.Points, &stream.block, stream.add)
	})
	if err == nil {
		err = stream.flush()
	}
	if err != nil {
		return err
	}
	if err := stream.out.Close(); err != nil {
		return fmt.Errorf("end the Arrow stream: %w", err)
	}
	return nil
}

// named is the type of columns of names.
func named() arrow.DataType {
	return &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
}

// schema is that of all batches.
func (a *Arrow) schema() *arrow.Schema {
	var fields []arrow.Field
	for i, name := range a.Names() {
		f := arrow.Field{Name: name, Type: named(), Nullable: true}
		switch {
		case i == 0:
			f.Type, f.Nullable = &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: zoneName(a.Zone)}, false
		case a.Numbered && i == 1:
			f.Type, f.Nullable = arrow.PrimitiveTypes.Int32, false
		case i == len(a.Names())-1:
			f.Type = arrow.PrimitiveTypes.Float64
		}
		fields = append(fields, f)
	}
	fields = append(fields, arrow.Field{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true})
	about := arrow.NewMetadata([]string{"producer", "tags"}, []string{"Aion", `name=value;name=value, with \ before \ ; and = of names and values`})
	return arrow.NewSchema(fields, &about)
}

// zoneName is what Arrow calls a zone: its id, or hours and minutes. Nil, and what
// is off by seconds, is UTC.
func zoneName(zone *time.Location) string {
	if zone == nil {
		return "UTC"
	}
	name := zone.String()
	if !strings.HasPrefix(name, "+") && !strings.HasPrefix(name, "-") {
		return name
	}
	epoch := time.UnixMilli(0).In(zone)
	if _, offset := epoch.Zone(); offset%60 != 0 {
		return "UTC"
	}
	return epoch.Format("-07:00")
}

// batches is the stream of batches of points.
type batches struct {
	schema *arrow.Schema
	out    *ipc.Writer
	batch  *batch
	block  points.Block
}

// add takes in the points of a block, and writes what batches they fill.
func (s *batches) add(b *points.Block) error {
	for from := 0; from < b.Len(); {
		if s.batch.full() {
			if err := s.flush(); err != nil {
				return err
			}
		}
		to := from + s.batch.room(b, from)
		view := b.Slice(from, to)
		s.batch.add(&view)
		from = to
	}
	return nil
}

// flush writes the points that have been taken in, if there are any.
func (s *batches) flush() error {
	if s.batch.rows() == 0 {
		return nil
	}
	record := s.batch.record(s.schema)
	defer record.Release()
	if err := s.out.Write(record); err != nil {
		return fmt.Errorf("write %d points as Arrow: %w", s.batch.rows(), err)
	}
	s.batch.reset()
	return nil
}

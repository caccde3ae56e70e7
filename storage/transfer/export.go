package transfer

import (
	"context"
	"slices"
	"time"

	"aion/storage/points"
)

// markEvery is how much time passes between two positions.
const markEvery = time.Second

// exportBuffer is how much is encoded before it is written.
const exportBuffer = 64 << 10

// Export writes the points of a source to a file.
type Export struct {
	From   Source
	To     *Output
	Format Format // empty: JSON
	Table  Table  // of CSV
	Choice Choice
	Start  Position       // what To holds already
	Stored func(Position) // told what can be gone on from, last that it is whole; nil: nobody asks
	Watch  func(Progress) // told from time to time; nil: nobody asks
}

// exporting is an export under way.
type exporting struct {
	*Export
	encode encoder
	buf    []byte
	report Report
	marked time.Time
	latest Position // behind what is whole, without its offset
	key    []byte   // of the series that was written last
	share  float64
}

// Run writes everything that is chosen, metric by metric in the order of their
// names. Each metric is read as it is then; what is written meanwhile may be
// there or not.
func (e *Export) Run(ctx context.Context) (Report, error) {
	x := &exporting{Export: e, marked: time.Now(), latest: e.Start}
	x.report.Points, x.report.Series = e.Start.Points, e.Start.Series
	if err := x.all(ctx); err != nil {
		_, _ = e.To.Mark() // a pipe has what was read; err is why it is not all
		return x.report, err
	}
	x.latest.Whole = true
	return x.report, x.mark()
}

// all writes all metrics that are not there yet.
func (x *exporting) all(ctx context.Context) error {
	metrics, err := x.From.Metrics(ctx)
	if err != nil {
		return err
	}
	metrics = slices.DeleteFunc(metrics, func(name string) bool { return !x.Choice.Takes(name) })
	if err := x.begin(ctx, metrics); err != nil {
		return err
	}
	for i, metric := range metrics {
		if x.Start.Begun && metric <= x.Start.Metric {
			continue
		}
		x.share = float64(i) / float64(len(metrics))
		if err := x.metric(ctx, metric); err != nil {
			return err
		}
	}
	return nil
}

// begin makes the encoder and writes what stands before all points.
func (x *exporting) begin(ctx context.Context, metrics []string) error {
	x.encode = &lines{}
	if x.Format != CSV {
		return nil
	}
	var tags []string
	var err error
	if len(x.Table.Columns) == 0 {
		if tags, err = x.From.TagNames(ctx, metrics); err != nil {
			return err
		}
	}
	r, err := newRows(x.Table, tags)
	if err != nil {
		return err
	}
	x.encode = r
	if x.Start.Offset == 0 {
		x.buf = r.heading(x.buf)
	}
	return nil
}

// metric writes the points of a metric.
func (x *exporting) metric(ctx context.Context, metric string) error {
	x.key = x.key[:0]
	err := x.From.Read(ctx, metric, x.Choice.Range, x.block)
	if err != nil {
		return err
	}
	x.buf = x.encode.end(x.buf)
	if err := x.write(); err != nil {
		return err
	}
	x.latest = Position{Metric: metric, Begun: true, Points: x.report.Points, Series: x.report.Series}
	if x.Stored == nil || time.Since(x.marked) < markEvery {
		return nil
	}
	return x.mark()
}

// mark puts what is written on disk and tells where to go on behind it.
func (x *exporting) mark() error {
	offset, err := x.To.Mark()
	if err != nil {
		return err
	}
	x.marked, x.latest.Offset = time.Now(), offset
	if x.Stored != nil {
		x.Stored(x.latest)
	}
	return nil
}

// block encodes a block.
func (x *exporting) block(key *points.Key, b *points.Block) error {
	if len(x.key) == 0 || string(x.key) != string(key.Append(nil)) {
		x.key = key.Append(x.key[:0])
		x.report.Series++
	}
	x.buf = x.encode.block(x.buf, key, b)
	x.report.Points += int64(b.Len())
	if len(x.buf) < exportBuffer {
		return nil
	}
	return x.write()
}

// write writes what is encoded.
func (x *exporting) write() error {
	_, err := x.To.Write(x.buf)
	x.buf = x.buf[:0]
	if x.Watch != nil {
		x.Watch(Progress{x.report.Points, x.share})
	}
	return err
}

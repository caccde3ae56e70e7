package transfer

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"aion/storage"
	"aion/storage/ingest"
)

// Import brings a file into a store.
type Import struct {
	From   *Input
	To     storage.Writer
	Format Format // empty: JSON
	Table  Table  // of CSV
	Choice Choice
	Start  Position       // where From stands; the zero value: its beginning
	Stored func(Position) // told what can be gone on from, from another goroutine; nil: nobody asks
	Watch  func(Progress) // told from time to time; nil: nobody asks
	Batch  int            // bytes of a batch; 0: storage.MaxBatch
	Retry  time.Duration  // how long a store may be away
}

// Refuser is a store that says later what it has not taken, and why.
type Refuser interface {
	Refused() (n int64, reasons []string)
}

// importing is an import under way.
type importing struct {
	*Import
	pump   *pump
	report Report
	marked Position // all before is in the writer or stored
	stored atomic.Int64
	bad    int // lines that could not be read
}

// maxBadLines is how many lines at the beginning may be wrong before the file is
// taken for one of another kind.
const maxBadLines = 20

// Run brings in everything. What is refused is in the report; an error ends the
// import, and what the report tells was stored before.
func (i *Import) Run(ctx context.Context) (Report, error) {
	run := &importing{Import: i, marked: i.Start}
	run.report.Points, run.report.Refused = i.Start.Points, i.Start.Refuse
	run.stored.Store(i.Start.Points)
	bytes := i.Batch
	if bytes <= 0 {
		bytes = storage.MaxBatch
	}
	run.pump = newPump(ctx, i.To, bytes, i.Retry, run.wrote)
	read := run.lines
	if i.Format == CSV {
		read = run.rows
	}
	failed := read(ctx)
	err := run.pump.close(run.marked, run.report.Points, failed)
	run.report.Points = run.stored.Load()
	run.refusals()
	return run.report, err
}

// refusals adds what the store has refused.
func (r *importing) refusals() {
	n, reasons := r.refusedLater()
	r.report.Points -= n
	r.report.Refused += n
	for _, reason := range reasons[:min(len(reasons), max(0, maxProblems-len(r.report.Problems)))] {
		r.report.Problems = append(r.report.Problems, Problem{Reason: reason})
	}
}

// refusedLater is what the store has refused so far, if it is one that tells.
func (r *importing) refusedLater() (n int64, reasons []string) {
	if store, ok := r.To.(Refuser); ok {
		return store.Refused()
	}
	return 0, nil
}

// wrote tells that a batch is stored, and with it so many points in all. What the
// store has refused belongs to the position: who goes on from it tells of it, too.
func (r *importing) wrote(at Position, points int64) {
	r.stored.Store(points)
	if r.Stored != nil {
		n, _ := r.refusedLater()
		at.Points, at.Refuse = at.Points-n, at.Refuse+n
		r.Stored(at)
	}
}

// flush sends the batch on its way if it is full.
func (r *importing) flush(ctx context.Context) error {
	if !r.pump.current.Full() {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.pump.next(r.marked, r.report.Points); err != nil {
		return err
	}
	if r.Watch != nil {
		r.Watch(Progress{r.stored.Load(), r.From.Share()})
	}
	return nil
}

// lines reads KairosDB's lines. Arrays of objects, and objects of several lines,
// are read as well.
func (r *importing) lines(ctx context.Context) error {
	s := newScanner(r.From.plain, r.Start.Offset, max(1, r.Start.Line))
	p := &objects{s: s, choice: &r.Choice, report: &r.report, writer: func() *ingest.Writer { return r.pump.current }}
	p.flush = func() error { return r.flush(ctx) }
	p.given = func(n int) { r.report.Points += int64(n) }
	for {
		c, ok := s.peek()
		r.mark(s)
		if !ok {
			return s.failed()
		}
		if c == '[' || c == ',' || c == ']' {
			s.pos++
			continue
		}
		err := p.object()
		var wrong *syntaxError
		if errors.As(err, &wrong) || errors.Is(err, errNoTime) || errors.Is(err, errNotFinite) {
			err = r.badLine(s, p, err)
		}
		if err != nil {
			return err
		}
	}
}

// mark notes that all before the place of s is with the writer.
func (r *importing) mark(s *scanner) {
	r.marked = Position{Offset: s.offset(), Line: s.line, Points: r.report.Points, Refuse: r.report.Refused}
}

// badLine counts an object that cannot be read and goes on with the next line.
// What stood before the fault is stored.
func (r *importing) badLine(s *scanner, p *objects, err error) error {
	if failed := s.failed(); failed != nil {
		return failed
	}
	p.salvage()
	r.report.refuse(s.line, 1, err.Error())
	if r.bad++; r.bad >= maxBadLines && r.report.Points == 0 {
		return errors.Join(ErrForeign, err)
	}
	s.nextLine()
	return nil
}

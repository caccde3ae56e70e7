package kairosdb

import (
	"bytes"
	"context"
	"math"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// again reads ahead objects that have few numbers each, and asks the store at once
// whether it knows their series by the texts that name and tags were sent as. The
// numbers of a series that it knows go there without anything being made of the texts.
type again struct {
	objects []againObject
	marks   []storage.Mark
	refs    []storage.Ref
	numbers []storage.Recalled
	text    []byte
	most    int  // how many objects are asked for at once next: more when all were known, one when one was not
	ahead   bool // another object than the first has been scanned last

	first  storage.Ref // the series of the batch's first object that went there
	stored int64       // of the writer, when that did
	rest   int         // how many objects are not looked up
	strangers
}

// againObject is an object that has been scanned.
type againObject struct {
	next           int // where it ends in the window
	text, textEnd  int
	number, behind int // its numbers
}

// Up to how many numbers an object has that is read ahead, and how many objects are.
const (
	againNumbers = 16
	againMost    = 64
)

// A series that comes again before a batch is full is gathered for less in a column,
// where its points stand together, but for more where one of them is recalled. Whoever
// sends such bodies sends more of them: behind the second object of one series so many
// are not looked up, of later bodies, too.
const againRest = 1 << 17

// begin begins a body.
func (a *again) begin() { a.most, a.first, a.stored = 1, 0, 0 }

// recurs tells whether this is the series of the first object again, and has the next
// objects not looked up then.
func (a *again) recurs(r storage.Ref, stored int64) bool {
	if a.first == r && a.stored == stored {
		a.first, a.rest = 0, againRest
		return true
	}
	if a.first == 0 || a.stored != stored {
		a.first, a.stored = r, stored
	}
	return false
}

// storeAgain stores the object that has been scanned and ends there, and those behind
// it, up to the first whose series the store does not know, and leaves the window
// behind the last that it has stored. present: that is none, and the parser still holds
// the scanned object, which is to be stored in the usual way. Else it has read ahead,
// and what stands at the window is to be scanned.
func (p *ingestParser) storeAgain(ctx context.Context, next int) (present bool, err error) {
	a := &p.again
	if a.rest > 0 {
		a.rest--
		return true, nil
	}
	if !p.writer.Recalls() || p.permits != nil || a.passes() || !p.readAhead(next) {
		return true, nil
	}
	a.refs = append(a.refs[:0], make([]storage.Ref, len(a.marks))...)
	p.writer.Recall(a.marks, a.refs)
	a.saw(a.refs[0] != 0)
	for i := range a.objects {
		if a.refs[i] == 0 || a.recurs(a.refs[i], p.writer.Stored()) {
			a.most = 1
			return !a.ahead, nil
		}
		o := &a.objects[i]
		numbers := a.numbers[o.number:o.behind]
		for j := range numbers {
			numbers[j].Ref = a.refs[i]
		}
		p.writer.Recalled(a.text[o.text:o.textEnd], numbers)
		p.window.pos = o.next
		p.count++
		if err := p.writer.FlushFull(ctx); err != nil {
			return false, err
		}
	}
	a.most = min(2*a.most, againMost)
	return false, nil
}

// readAhead scans objects behind the one that has been scanned, which ends there. It
// is false where not even that one can be taken.
func (p *ingestParser) readAhead(next int) bool {
	a := &p.again
	a.objects, a.marks, a.numbers, a.text = a.objects[:0], a.marks[:0], a.numbers[:0], a.text[:0]
	count := p.count
	a.ahead = false
	for a.take(p, next) && len(a.objects) < max(a.most, 1) {
		p.count++
		a.ahead = true
		if next = p.scanElement(next); next < 0 {
			break
		}
	}
	p.count = count
	return len(a.objects) != 0
}

// take takes the object that has been scanned and ends there, if it has numbers of one
// type, and few.
func (a *again) take(p *ingestParser, next int) bool {
	o, rows := &p.plain, &p.object.rows
	const named = memberName | memberTags
	if o.seen&named != named || (o.seen&memberTime == 0) != (o.seen&memberValue == 0) || o.long && !p.allLongs() {
		return false
	}
	from := len(a.numbers)
	double := o.double || !p.allLongs()
	ttl := time.Duration(max(o.ttl, 0)) * time.Second
	if o.seen&memberValue != 0 && (o.value == plainString || !a.add(o.at, o.number, double, o.double, ttl)) {
		a.numbers = a.numbers[:from]
		return false
	}
	if !rows.empty() && !a.addRows(rows, double, o.double, ttl) || len(a.numbers) == from {
		a.numbers = a.numbers[:from]
		return false
	}
	text := len(a.text)
	a.text = appendSpan(a.text, o.name, o.tags, double)
	a.marks = append(a.marks, storage.MarkOf(a.text[text:]))
	a.objects = append(a.objects, againObject{next, text, len(a.text), from, len(a.numbers)})
	return true
}

// add adds a number, as a double or as a long. made: a long is to be made a double. It
// is false for one that is of another type and is not made a double, and for one that
// is not finite.
func (a *again) add(at int64, v number, double, made bool, ttl time.Duration) bool {
	r := storage.Recalled{At: at, Bits: uint64(v.long), Long: !double, TTL: ttl}
	if double {
		switch {
		case v.kind == rowLong && !made, v.double-v.double != 0:
			return false
		case v.kind == rowLong:
			v.double = float64(v.long)
		}
		r.Bits = math.Float64bits(v.double)
	}
	a.numbers = append(a.numbers, r)
	return true
}

// addRows is add for data points.
func (a *again) addRows(rows *rows, double, made bool, ttl time.Duration) bool {
	page := rows.pages[0]
	if rows.used > 1 || page.n > againNumbers {
		return false
	}
	for i := range page.n {
		v := number{long: page.long[i], double: page.double[i], kind: page.kind[i]}
		if v.kind == rowOdd || !a.add(page.at[i], v, double, made, ttl) {
			return false
		}
	}
	return true
}

// appendSpan adds what a series of numbers is known by: a name without quotes, which
// ends at one, the tags, and whether they are doubles.
func appendSpan(dst, name, tags []byte, double bool) []byte {
	dst = append(append(append(dst, name...), '"'), tags...)
	if double {
		return append(dst, 'd')
	}
	return append(dst, 'l')
}

// spanKey is the series of what appendSpan has made of plain texts, its type left
// open.
func spanKey(span []byte) points.Key {
	name, tags, _ := bytes.Cut(span[:len(span)-1], []byte{'"'})
	var r spanRooms
	return r.parse(name, tags).columns.key
}

// mark has the store know the series of the plain object by its texts, if the object
// is of those that are read ahead.
func (p *ingestParser) mark(s *seriesColumns, n int, double bool) {
	if !p.writer.Recalls() || n > againNumbers || p.permits != nil || p.again.rest > 0 {
		return
	}
	p.scratch = appendSpan(p.scratch[:0], p.plain.name, p.plain.tags, double)
	stored := points.TypeLong
	if double {
		stored = points.TypeDouble
	}
	s.of(p.writer, stored).Mark(storage.MarkOf(p.scratch))
}

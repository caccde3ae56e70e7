package main

import (
	"testing"
	"time"
)

// BenchmarkProof measures what Aion promises to be: each figure in rounds that
// alternate with its limit, which is the same work by a bare part, and with a
// peer, where a victoria-metrics is at hand. Sub-benchmarks are named work/who;
// .ci/bench-proof.awk makes the table and says which figures hold. Aion and the
// peer are processes of their own on the loopback.
func BenchmarkProof(b *testing.B) {
	s := newProof(b)
	s.loads(b)
	s.disk(b)
	for _, d := range s.readings() {
		d.inRounds(b, proofRounds)
	}
	s.ingest(b)
	s.memory(b)
	s.manySeries(b)
	for _, d := range s.lookups() {
		d.inRounds(b, proofRounds)
	}
	s.latest(b)
	s.restart(b)
}

// proofRounds is how often each figure is measured; the medians count.
const proofRounds = 3

// duel is one figure: who is measured, and how they are to compare.
type duel struct {
	work              string
	aion, limit, peer func(b *testing.B) // limit and peer may be nil
	wanted            wanted
}

// wanted is what a figure is to be at most, and what is aimed at: Aion's own
// value, its ratio to the limit and its ratio to the peer. 0 asks for nothing.
type wanted struct {
	value, valueAim float64
	limit, limitAim float64
	peer, peerAim   float64
}

// report tells the table.
func (w wanted) report(b *testing.B) {
	for unit, value := range map[string]float64{
		"most/value": w.value, "aim/value": w.valueAim,
		"most/limit": w.limit, "aim/limit": w.limitAim,
		"most/peer": w.peer, "aim/peer": w.peerAim,
	} {
		if value > 0 {
			b.ReportMetric(value, unit)
		}
	}
}

// contenders are those who take part, and what they are called.
func (d *duel) contenders() []contender {
	all := []contender{{d.work + "/aion", func(b *testing.B) {
		d.aion(b)
		d.wanted.report(b)
	}}}
	if d.limit != nil {
		all = append(all, contender{d.work + "/limit", d.limit})
	}
	if d.peer != nil {
		all = append(all, contender{d.work + "/peer", d.peer})
	}
	return all
}

// inRounds measures everybody in each round.
func (d *duel) inRounds(b *testing.B, rounds int) { inRounds(b, rounds, d.contenders()) }

// once has a figure that was measured already, by whoever could, reported as one
// round. A name that ends in a peer that is not there is left out.
func once(b *testing.B, name, unit string, value float64, w wanted) {
	b.Run(name, func(b *testing.B) {
		for b.Loop() {
			continue // the figure is there
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(value, "figure/"+unit)
		w.report(b)
	})
}

// timed is the time that f takes.
func timed(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}

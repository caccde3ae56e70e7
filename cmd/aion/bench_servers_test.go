package main

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"aion/storage/chunk"
)

// proof is what the figures are measured on: servers of workload A, of B and of
// what is written while it is measured, and the chunks of both workloads for
// bare loops.
type proof struct {
	a, b, w rivals
	chunksA [][]byte
	chunksB [][]byte
}

// rivals are those who do the same work; the peer is nil where there is none.
type rivals struct{ aion, peer *rival }

// newRivals starts both on folders of their own.
func newRivals(b *testing.B) rivals {
	return rivals{newAion(b, b.TempDir()), newPeer(b, b.TempDir())}
}

// each runs f for both, under its name of the work.
func (r rivals) each(f func(who string, r *rival)) {
	f("aion", r.aion)
	if r.peer != nil {
		f("peer", r.peer)
	}
}

// duel is a figure of both that is measured alike.
func (r rivals) duel(work string, w wanted, measure func(b *testing.B, r *rival)) duel {
	d := duel{work: work, wanted: w, aion: func(b *testing.B) { measure(b, r.aion) }}
	if r.peer != nil {
		d.peer = func(b *testing.B) { measure(b, r.peer) }
	}
	return d
}

// newProof starts the servers.
func newProof(b *testing.B) *proof {
	b.Cleanup(benchClient.CloseIdleConnections)
	return &proof{a: newRivals(b), b: newRivals(b), w: newRivals(b), chunksA: chunksOfA(), chunksB: chunksOfB()}
}

// chunksOfB is workload B as chunks of the engine's size.
func chunksOfB() (chunks [][]byte) {
	random, value := rand.New(rand.NewPCG(2, 2)), 0.0
	for from := 0; from < pointsOfB; from += engineChunk {
		block := walk(random, &value, from, min(engineChunk, pointsOfB-from), 1000)
		chunks = append(chunks, chunk.Append(nil, &block, nil))
	}
	return chunks
}

// loads fills the servers of A and B. Before that the memory of an idle server
// is looked at.
func (s *proof) loads(b *testing.B) {
	s.a.each(func(who string, r *rival) {
		once(b, "memory-idle/"+who, "MB", mebibytes(r.leastResident(b)), only(who, wanted{value: 30, valueAim: 20}))
		r.loadA(b, "bench", pointsOfA)
	})
	s.b.each(func(_ string, r *rival) { r.loadB(b, "bench", pointsOfB, 1000) })
}

// only is w for Aion and nothing for all others.
func only(who string, w wanted) wanted {
	if who != "aion" {
		return wanted{}
	}
	return w
}

// disk looks at what the running servers have on disk once they have settled.
func (s *proof) disk(b *testing.B) {
	const total = 10_000_000 // points of A as well as of B
	sizes := func(work string, all rivals, chunks [][]byte, w wanted) {
		all.each(func(who string, r *rival) {
			once(b, work+"/"+who, "B-a-point", float64(r.settled(b))/total, only(who, w))
		})
		bare := 0
		for _, data := range chunks {
			bare += len(data)
		}
		once(b, work+"/limit", "B-a-point", float64(bare)/total, wanted{})
	}
	sizes("disk-a", s.a, s.chunksA, wanted{value: 2.3, valueAim: 2.15, limit: 1.15})
	sizes("disk-b", s.b, s.chunksB, wanted{value: 2.0, valueAim: 1.9, limit: 1.15})
}

// ingest writes objects over HTTP, each answered once it is durable, and compares
// the processors' time with the bare parser's.
func (s *proof) ingest(b *testing.B) {
	var requests [2]atomic.Int64
	heads := map[*rival]string{s.w.aion: `{"name":"ingest","timestamp":`, s.w.peer: `{"metric":"ingest","timestamp":`}
	count := func(r *rival) *atomic.Int64 {
		if r == s.w.aion {
			return &requests[0]
		}
		return &requests[1]
	}
	wall := s.w.duel("ingest-objects", wanted{peer: 1 / 1.3, peerAim: 1.0 / 2}, func(b *testing.B, r *rival) {
		r.benchWrites(b, count(r), heads[r], false)
	})
	wall.inRounds(b, proofRounds)
	processors := s.w.duel("ingest-objects-processors", wanted{limit: 3}, func(b *testing.B, r *rival) {
		r.benchWrites(b, count(r), heads[r], true)
	})
	processors.limit = func(b *testing.B) {
		used := ownProcessor()
		n := benchParser(b)
		b.ReportMetric(float64((ownProcessor()-used).Nanoseconds())/float64(n), "figure/ns-a-point")
	}
	processors.inRounds(b, proofRounds)
}

// memory looks how far the memory of a server that was just started rises above
// what it has when idle while it streams ten million points of one series, and when the first byte
// comes.
func (s *proof) memory(b *testing.B) {
	s.b.each(func(who string, r *rival) {
		q := rawB.of(r)
		r.restarted(b, true)
		idle := r.leastResident(b)
		most := r.mostResident(b, func() { r.ask(b, q) })
		once(b, "memory-of-a-stream/"+who, "MB", mebibytes(most-idle), only(who, wanted{value: 64, valueAim: 24}))
		_, first := r.ask(b, q)
		once(b, "first-byte-of-a-stream/"+who, "ms", first.Seconds()*1000, only(who, wanted{value: 20}))
	})
}

// millionSeries is how many series there are where there are many.
const millionSeries = 1_000_000

// manySeries writes a point of each of a million new series beside workload A and
// looks at the memory that they take.
func (s *proof) manySeries(b *testing.B) {
	s.a.each(func(who string, r *rival) {
		before := r.leastResident(b)
		took := timed(func() { r.loadMany(b, "many", millionSeries, 0) })
		once(b, "new-series/"+who, "ns-a-series", float64(took.Nanoseconds())/millionSeries, only(who, wanted{value: 1e9 / 0.2e6, valueAim: 1e9 / 0.35e6}))
		r.awaitQuiet(b)
		once(b, "memory-of-series/"+who, "B-a-series", float64(r.leastResident(b)-before)/millionSeries, only(who, wanted{value: 330, valueAim: 220}))
	})
}

// latest asks for the latest value of each of a million series in rounds: who has no
// place for it reads them all.
func (s *proof) latest(b *testing.B) {
	for range proofRounds {
		s.a.each(func(who string, r *rival) {
			took := timed(func() { r.ask(b, latestOfMany.of(r)) })
			once(b, "latest-of-1M/"+who, "ns", float64(took.Nanoseconds()), only(who, wanted{value: 1e9, peer: 1}))
		})
	}
}

// restart ends the servers of workload A with its million series beside, politely
// and not, and waits until they are ready again.
func (s *proof) restart(b *testing.B) {
	s.a.each(func(who string, r *rival) {
		for range proofRounds {
			once(b, "restart/"+who, "ms", r.restarted(b, true).Seconds()*1000, only(who, wanted{value: 1000, valueAim: 300}))
		}
		once(b, "restart-after-kill/"+who, "ms", r.restarted(b, false).Seconds()*1000, only(who, wanted{value: 1000, valueAim: 300}))
	})
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"aion/api"
	"aion/query/encode"
	"aion/storage"
	"aion/storage/chunk"
	"aion/storage/memory"
	"aion/storage/points"
)

// BenchmarkLimit is what stands beside BenchmarkA, BenchmarkB and
// BenchmarkIngest: the same points through the parts alone, in bare loops, with
// no index, plan or engine round them. decode bounds aggregates, encode raw
// answers, parse writes, and empty the smallest queries.
func BenchmarkLimit(b *testing.B) {
	chunks := chunksOfA()
	for _, threads := range slices.Compact([]int{1, runtime.GOMAXPROCS(0)}) {
		b.Run(fmt.Sprintf("limit=decode/threads=%d", threads), func(b *testing.B) {
			limit(b, func() {
				onThreads(threads, chunks, func(part [][]byte) { decodeAll(b, part, func(block *points.Block) { hourly(block) }) })
			})
		})
	}
	b.Run("limit=encode", func(b *testing.B) {
		limit(b, func() { encodeAll(b, io.Discard, chunks) })
	})
	b.Run("limit=encode/sent", func(b *testing.B) {
		s := serveOnly(b, func(to http.ResponseWriter, _ *http.Request) { encodeAll(b, to, chunks) })
		limit(b, func() { s.drain(b, "/", nil, http.StatusOK) })
	})
	b.Run("limit=parse", func(b *testing.B) { benchParser(b) })
	b.Run("limit=empty", func(b *testing.B) {
		s := serveOnly(b, func(http.ResponseWriter, *http.Request) {})
		b.ReportAllocs()
		for b.Loop() {
			s.drain(b, "/", nil, http.StatusOK)
		}
	})
}

// limit runs a loop over workload A.
func limit(b *testing.B, once func()) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		once()
		n++
	}
	b.ReportMetric(float64(n)*devicesOfA*pointsOfA/b.Elapsed().Seconds(), "points/s")
}

// engineChunk is about how many points a chunk of the embedded engine holds.
const engineChunk = 8192

// chunksOfA is workload A as chunks of the engine's size.
func chunksOfA() [][]byte {
	random, chunks := rand.New(rand.NewPCG(1, 1)), [][]byte(nil)
	for range devicesOfA {
		value := 0.0
		for from := 0; from < pointsOfA; from += engineChunk {
			block := walk(random, &value, from, min(engineChunk, pointsOfA-from), 10_000)
			chunks = append(chunks, chunk.Append(nil, &block, nil))
		}
	}
	return chunks
}

// onThreads runs f on as many equal parts of the chunks at once.
func onThreads(threads int, chunks [][]byte, f func(part [][]byte)) {
	var running sync.WaitGroup
	for part := range slices.Chunk(chunks, (len(chunks)+threads-1)/threads) {
		running.Go(func() { f(part) })
	}
	running.Wait()
}

// decodeOnce decodes all chunks and adds up their values hour by hour, on as
// many goroutines as there are processors.
func decodeOnce(b *testing.B, chunks [][]byte) {
	onThreads(runtime.GOMAXPROCS(0), chunks, func(part [][]byte) {
		decodeAll(b, part, func(block *points.Block) { hourly(block) })
	})
}

// decodeAll decodes chunks one after the other into one block, eight pages at a
// time.
func decodeAll(b *testing.B, chunks [][]byte, each func(*points.Block)) {
	var c chunk.Chunk
	var block points.Block
	for _, data := range chunks {
		if err := c.Open(data); err != nil {
			b.Error(err)
			return
		}
		for page := 0; page < c.Pages(); page += 8 {
			block.Reset(points.Number)
			if err := c.AppendPages(&block, page, min(page+8, c.Pages())); err != nil {
				b.Error(err)
				return
			}
			each(&block)
		}
	}
}

// hourly adds up a block's values hour by hour and answers the largest sum, so
// that the work has a result.
func hourly(block *points.Block) (most float64) {
	sum, hour := 0.0, int64(0)
	for i, at := range block.Times {
		if at >= hour {
			most, sum, hour = max(most, sum), 0, at-at%3_600_000+3_600_000
		}
		sum += block.Floats[i]
	}
	return max(most, sum)
}

// encodeAll prints all points as pairs.
func encodeAll(b *testing.B, to io.Writer, chunks [][]byte) {
	const full = 64 << 10
	text := make([]byte, 0, 2*full)
	flush := func() {
		if _, err := to.Write(text); err != nil {
			b.Error(err)
		}
		text = text[:0]
	}
	decodeAll(b, chunks, func(block *points.Block) {
		if text = encode.AppendValues(text, block); len(text) > full {
			flush()
		}
	})
	flush()
}

// serveOnly serves one handler over the network, with none of the server round
// it.
func serveOnly(b *testing.B, handler http.HandlerFunc) *server {
	s := httptest.NewServer(handler)
	b.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		s.Close()
	})
	return &server{address: s.Listener.Addr().(*net.TCPAddr).String()}
}

// forgetful is a store that counts the points that it is given and keeps none. It
// keeps records, without which no server starts.
type forgetful struct {
	*memory.Store
	points int
}

// Write counts.
func (f *forgetful) Write(_ context.Context, batch *storage.Batch) error {
	f.points += batch.Len()
	return nil
}

// benchParser gives the writes of BenchmarkIngest's objects to the server's
// handler: no network before it and no engine behind it. It tells how many points
// that were.
func benchParser(b *testing.B) int {
	var c cli
	parse(b, &c, []string{"serve", "--storage=memory"}, nil)
	store := &forgetful{Store: memory.New(memory.Config{})}
	s, err := serverOver(b.Context(), &c.Serve, store)
	if err != nil {
		b.Fatal(err)
	}
	t := fleetBody(5, `{"name":"ingest","timestamp":`, `,"value":20.%02d,"tags":{"device":"d%04d","site":"s%02d"}}`, false)
	b.ReportAllocs()
	b.SetBytes(int64(len(t.body)))
	for b.Loop() {
		answer := httptest.NewRecorder()
		s.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/api/v1/datapoints", bytes.NewReader(t.body)))
		if answer.Code != http.StatusNoContent {
			b.Fatalf("got %d %s, want 204", answer.Code, answer.Body)
		}
	}
	b.ReportMetric(float64(store.points)/b.Elapsed().Seconds(), "points/s")
	return store.points
}

// serverOver wires the protocols to a store.
func serverOver(ctx context.Context, s *serveCommand, store storage.Store) (*api.Server, error) {
	log := slog.New(slog.DiscardHandler)
	shift, err := s.shift(store, new(atomic.Int64), log)
	if err != nil {
		return nil, err
	}
	config, err := s.config(store, log)
	if err != nil {
		return nil, err
	}
	return s.serverOf(ctx, config, s.operating(store, shift), nil, api.NewFigures(), log)
}

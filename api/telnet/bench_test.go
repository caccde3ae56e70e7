package telnet

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"

	"aion/api/stream"
	"aion/storage/ingest"
	"aion/storage/memory"
)

// fleet is what n points of some devices look like on their way in.
func fleet(n, devices int) []byte {
	var b bytes.Buffer
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		d := i % devices
		fmt.Fprintf(&b, "put fleet.temperature %d %.2f device=dev%05d site=s%d\n", 1_700_000_000+i/devices, 20+5*r.Float64(), d, d%17)
	}
	return b.Bytes()
}

// BenchmarkParse reads lines into columns.
func BenchmarkParse(b *testing.B) {
	const n = 100_000
	text := fleet(n, 1000)
	w := ingest.New(memory.New(memory.Config{}), ingest.Config{})
	p, peer := newParser(w, ""), &stream.Peer{}
	b.ReportAllocs()
	for b.Loop() {
		for rest := text; len(rest) > 0; {
			i := bytes.IndexByte(rest, '\n')
			p.Take(rest[:i], peer)
			rest = rest[i+1:]
		}
		w.Reset(nil)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "points/s")
}

// BenchmarkConversation sends lines through sockets into memory that forgets.
func BenchmarkConversation(b *testing.B) {
	const n = 100_000
	text := fleet(n, 1000)
	for _, clients := range []int{1, 4} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := start(b, Config{Store: forgetful{}})
			conns := make([]io.Writer, clients)
			for i := range conns {
				conns[i] = s.dial(b)
			}
			b.ReportAllocs()
			for b.Loop() {
				before := s.Figures().Points
				for _, c := range conns {
					go func() { _, _ = c.Write(text) }()
				}
				for s.Figures().Points < before+int64(n*clients) {
					runtime.Gosched()
				}
			}
			b.ReportMetric(float64(n*clients)*float64(b.N)/b.Elapsed().Seconds(), "points/s")
		})
	}
}

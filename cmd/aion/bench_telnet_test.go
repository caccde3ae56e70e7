package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkTelnet sends points of 1,000 series of each client by telnet to a
// server on the embedded engine until all are stored. Besides points a second it
// reports those a second of CPU time, the client's included, which shares the
// machine.
func BenchmarkTelnet(b *testing.B) {
	const steps, each = 500, 500 * devicesOfA
	for _, clients := range []int{1, 4} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := start(b, "--data.dir="+b.TempDir(), "--telnet.listen=127.0.0.1:0")
			address := s.telnet(b)
			texts := make([]*template, clients)
			for i := range texts {
				texts[i] = fleetLines(steps, i)
			}
			busy, stored := cpu(b), int64(0)
			for round := int64(0); b.Loop(); round++ {
				for _, text := range texts {
					text.stampSteps(benchStart + round*steps*10_000)
					go sendAll(b, address, text.body)
				}
				stored += int64(each * clients)
				s.awaitPoints(b, stored)
			}
			b.ReportMetric(float64(stored)/b.Elapsed().Seconds(), "points/s")
			b.ReportMetric(float64(stored)/(cpu(b)-busy).Seconds(), "points/cpu-s")
		})
	}
}

// sendAll sends a text in one connection.
func sendAll(b *testing.B, address string, text []byte) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		b.Error(err)
		return
	}
	defer c.Close()
	if _, err := io.Copy(c, bytes.NewReader(text)); err != nil {
		b.Error(err)
	}
}

// fleetLines are some steps of a client's devices as put commands.
func fleetLines(steps, client int) *template {
	t := &template{}
	r := rand.New(rand.NewPCG(1, uint64(client)))
	for range steps {
		for d := range devicesOfA {
			t.body = append(t.body, "put fleet.temperature "...)
			t.times = append(t.times, len(t.body))
			t.body = strconv.AppendInt(t.body, benchStart, 10)
			t.body = fmt.Appendf(t.body, " %.2f device=dev%05d site=s%d client=%d\n", 20+5*r.Float64(), d, d%17, client)
		}
	}
	return t
}

// awaitPoints waits until so many points have been stored by telnet.
func (s *server) awaitPoints(t testing.TB, want int64) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		_, text := s.ask(t, "GET", "/metrics", "")
		_, rest, _ := strings.Cut(text, "\naion_telnet_points_total ")
		number, _, _ := strings.Cut(rest, "\n")
		got, err := strconv.ParseFloat(number, 64)
		if err == nil && int64(got) >= want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %s points, want %d", number, want)
		}
	}
}

// cpu is the CPU time of this process.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

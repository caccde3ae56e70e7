package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// BenchmarkImport brings a file of a million points, those of 1,000 series, into
// an empty folder and into a server on one, and takes it out again. Besides
// points a second it reports those a second of CPU time, that of opening, closing
// and, with a server, both ends included.
func BenchmarkImport(b *testing.B) {
	const each, total = 1000, 1000 * devicesOfA
	file := filepath.Join(b.TempDir(), "fleet.json")
	if err := os.WriteFile(file, fleetExport(each), 0o600); err != nil {
		b.Fatal(err)
	}
	moves := func(b *testing.B, args func(dir string) []string) {
		busy := cpu(b)
		for b.Loop() {
			dir := b.TempDir()
			if code, out, err := commandLine(b.Context(), args(dir)...); code != exitWell {
				b.Fatalf("got %d, %s%s", code, out, err)
			}
		}
		b.ReportMetric(float64(b.N*total)/b.Elapsed().Seconds(), "points/s")
		b.ReportMetric(float64(b.N*total)/(cpu(b)-busy).Seconds(), "points/cpu-s")
	}
	b.Run("to=folder", func(b *testing.B) {
		moves(b, func(dir string) []string { return []string{"import", "--data.dir=" + dir, file} })
	})
	b.Run("to=server", func(b *testing.B) {
		s := start(b, "--data.dir="+b.TempDir())
		moves(b, func(string) []string { return []string{"import", "--target=http://" + s.address, file} })
	})
	folder := b.TempDir()
	if code, out, err := commandLine(b.Context(), "import", "--data.dir="+folder, file); code != exitWell {
		b.Fatalf("got %d, %s%s", code, out, err)
	}
	b.Run("from=folder", func(b *testing.B) {
		moves(b, func(dir string) []string {
			return []string{"export", "--data.dir=" + folder, filepath.Join(dir, "out.json")}
		})
	})
}

// fleetExport is an export of so many points of each device.
func fleetExport(each int) []byte {
	var b bytes.Buffer
	r := rand.New(rand.NewPCG(1, 4))
	for d := range devicesOfA {
		fmt.Fprintf(&b, `{"name":"fleet.temperature","tags":{"device":"d%04d","site":"s%02d"},"datapoints":[`, d, d%20)
		for i := range each {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('[')
			b.Write(strconv.AppendInt(b.AvailableBuffer(), benchStart+int64(i)*10_000, 10))
			b.WriteByte(',')
			b.Write(strconv.AppendFloat(b.AvailableBuffer(), 20+5*r.Float64(), 'f', 2, 64))
			b.WriteString(`,"double"]`)
		}
		b.WriteString("]}\n")
	}
	return b.Bytes()
}

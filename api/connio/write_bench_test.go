package connio

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"
)

// BenchmarkFeed writes feeds of one property and of several, verbose and with
// deltas.
func BenchmarkFeed(b *testing.B) {
	verbose := func(properties bool, n int) []byte {
		var text bytes.Buffer
		text.WriteString(`{"dps":[`)
		for i := range n {
			if i > 0 {
				text.WriteByte(',')
			}
			at := time.UnixMilli(1_700_000_000_000 + int64(i)*1000).UTC().Format("2006-01-02T15:04:05.000Z")
			fmt.Fprintf(&text, `{"t":%q,"v":%.2f`, at, 20+float64(i%500)/100)
			if properties {
				fmt.Fprintf(&text, `,"prop":%q`, []string{"temperature", "humidity"}[i%2])
			}
			text.WriteByte('}')
		}
		text.WriteString("]}")
		return text.Bytes()
	}
	deltas := func(n int) []byte {
		var text bytes.Buffer
		text.WriteString(`{"t":"2023-11-14T22:13:20Z","dps":[`)
		for i := range n {
			if i > 0 {
				text.WriteByte(',')
			}
			fmt.Fprintf(&text, `{"tt":%d,"v":%.2f}`, i*1000, 20+float64(i%500)/100)
		}
		text.WriteString("]}")
		return text.Bytes()
	}
	for _, bench := range []struct {
		name, path string
		points     int
		body       []byte
	}{
		{"points=1", "/properties/temperature", 1, verbose(false, 1)},
		{"points=10000/verbose", "/properties/temperature", 10_000, verbose(false, 10_000)},
		{"points=10000/deltas", "/properties/temperature", 10_000, deltas(10_000)},
		{"points=10000/properties=2", "/properties", 10_000, verbose(true, 10_000)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			e := openEstate(b, false)
			key := e.keys["device"]
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest("POST", Prefix+"/data"+bench.path, bytes.NewReader(bench.body))
				r.SetBasicAuth(key.ID, key.Secret)
				rec := httptest.NewRecorder()
				e.http.ServeHTTP(rec, r)
				if rec.Code != 200 {
					b.Fatal(rec.Code, rec.Body)
				}
			}
			b.ReportMetric(float64(bench.points)*float64(b.N)/b.Elapsed().Seconds(), "points/s")
		})
	}
}

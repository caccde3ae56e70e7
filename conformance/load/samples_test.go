package load

import (
	"strings"
	"testing"
	"testing/iotest"
)

// TestSamples finds the counts in answers as servers print them, whichever way
// the bytes arrive.
func TestSamples(t *testing.T) {
	tests := []struct {
		name, text string
		want       int64
	}{
		{"KairosDB", `{"queries":[{"sample_size":10000,"results":[{"name":"a","values":[[1,2]]}]}]}`, 10_000},
		{"Aion", `{"queries": [{"results": [], "sample_size": 3}]}`, 3},
		{"several metrics", `{"queries":[{"sample_size":1},{"sample_size" : 20},{"sample_size":0}]}`, 21},
		{"long", `{"queries":[{"results":[` + strings.Repeat(`[1,2],`, 100_000) + `[1,2]],"sample_size":7}]}`, 7},
		{"in a text", `{"queries":[{"sample_size":5,"results":[{"name":"\"sample_size\":8"}]}]}`, 5},
		{"none", `{"results":[{"name":"a","tags":{}}]}`, 0},
		{"empty", ``, 0},
		{"cut off", `{"queries":[{"sample_size":`, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{sampleRoom + 1, 100, 64 << 10} {
				var whole, bytewise samples
				n, err := whole.read(strings.NewReader(tt.text), make([]byte, size))
				if err != nil || n != int64(len(tt.text)) || whole.total != tt.want {
					t.Errorf("got %d of %d bytes, %v, want %d of %d", whole.total, n, err, tt.want, len(tt.text))
				}
				if _, err := bytewise.read(iotest.DataErrReader(iotest.OneByteReader(strings.NewReader(tt.text))), make([]byte, size)); err != nil || bytewise.total != tt.want {
					t.Errorf("byte by byte: got %d, %v, want %d", bytewise.total, err, tt.want)
				}
			}
		})
	}
}

// FuzzSamples reads any answer in large and in small pieces.
func FuzzSamples(f *testing.F) {
	f.Add(`{"sample_size":12345678901234567890123456789}`, 65)
	f.Add(`"sample_size"  :  1"sample_size""sample_size":2`, 70)
	f.Fuzz(func(t *testing.T, text string, size int) {
		var large, small samples
		if _, err := large.read(strings.NewReader(text), make([]byte, len(text)+2*sampleRoom)); err != nil {
			t.Fatal(err)
		}
		if _, err := small.read(iotest.HalfReader(strings.NewReader(text)), make([]byte, min(max(size, sampleRoom+1), 1<<16))); err != nil {
			t.Fatal(err)
		}
		if large != small {
			t.Errorf("got %d in one piece and %d in many", large.total, small.total)
		}
	})
}

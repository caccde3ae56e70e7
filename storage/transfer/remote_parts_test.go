package transfer

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// changesOf makes changes from texts such as "a 1 2 3": a series and times, each
// point with the number of its place among all as its value.
func changesOf(texts ...string) []storage.Change {
	var changes []storage.Change
	value := int64(0)
	for _, text := range texts {
		words := strings.Fields(text)
		c := storage.Change{Key: points.Key{Metric: words[0], Type: points.TypeLong}}
		for _, word := range words[1:] {
			var at int64
			_, _ = fmt.Sscan(word, &at) // the words are numbers
			c.Points.AppendInt(at, value)
			value++
		}
		changes = append(changes, c)
	}
	return changes
}

// textOf is the counterpart of changesOf.
func textOf(changes []storage.Change) string {
	var texts []string
	for _, c := range changes {
		texts = append(texts, strings.Trim(fmt.Sprint(c.Key.Metric, " ", c.Points.Times), "[]"))
	}
	return strings.ReplaceAll(strings.Join(texts, ", "), "[", "")
}

// TestPartsOf keeps points of one series and time in one part, in their order.
// A part takes three points.
func TestPartsOf(t *testing.T) {
	const size = 3*17 + 1
	for _, c := range []struct {
		name    string
		changes []string
		want    []string
	}{
		{"nothing", nil, nil},
		{"few", []string{"a 1", "b 1"}, []string{"a 1, b 1"}},
		{"long", []string{"a 1 2 3 4 5 6 7"}, []string{"a 1 2 3", "a 4 5 6", "a 7"}},
		{"not ascending", []string{"a 1 2 3 4 5 4", "b 1"}, []string{"a 1 2 3 4 5 4", "b 1"}},
		{"again", []string{"a 1 2 3 4", "b 1", "a 4 5", "c 2"}, []string{"a 1 2 3 4, a 4 5", "b 1, c 2"}},
		{"a part is full", []string{"a 1 2", "b 1", "c 1"}, []string{"a 1 2", "b 1, c 1"}},
	} {
		parts, err := partsOf(changesOf(c.changes...), size)
		var got []string
		for _, part := range parts {
			got = append(got, textOf(part))
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, %v, want %q", c.name, got, err, c.want)
		}
	}
	if _, err := partsOf([]storage.Change{{Remove: []int64{1}}}, size); err == nil {
		t.Error("got no error for a removal, want one")
	}
}

// TestAppendSent writes numbers so that their form tells their type.
func TestAppendSent(t *testing.T) {
	var b points.Block
	for i, v := range []float64{5, 5.5, -0.25, 1e21, 1e-7, math.MaxFloat64, math.Copysign(0, -1)} {
		b.AppendFloat(int64(i), v)
	}
	b.AppendInt(7, 5)
	b.AppendNull(8)
	var got []byte
	for i := range b.Len() {
		got = appendSent(got, points.TypeDouble, &b, i)
	}
	const want = `[0,5.0][1,5.5][2,-0.25][3,1.0e+21][4,1.0e-07][5,1.7976931348623157e+308][6,-0.0][7,5][8,null,"null"]`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestRemoteWriteAtOnce holds requests back until as many have come as are under
// way at once, and has one of them answered that the server is away.
func TestRemoteWriteAtOnce(t *testing.T) {
	var b storage.Batch
	for i := range RemoteRequests {
		var block points.Block
		for at := range int64(remoteRequest / 18) {
			block.AppendInt(at, at)
		}
		b.Put(points.Key{Metric: fmt.Sprint("m", i), Type: points.TypeLong}, block, 0)
	}
	come, all := make(chan struct{}, RemoteRequests), make(chan struct{})
	go func() {
		defer close(all)
		for range RemoteRequests {
			<-come
		}
	}()
	var away atomic.Bool
	r := remote(t, func(w http.ResponseWriter, req *http.Request) {
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			t.Error(err)
		}
		select {
		case come <- struct{}{}:
		default:
		}
		<-all
		if away.CompareAndSwap(false, true) {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"errors":["one is wrong"]}`)
	})
	if err := r.Write(t.Context(), &b); !errors.Is(err, points.ErrUnavailable) {
		t.Errorf("got %v, want one that is worth another try", err)
	}
	if n, _ := r.Refused(); n != 0 {
		t.Errorf("got %d refused by a write that failed, want 0", n)
	}
	if err := r.Write(t.Context(), &b); err != nil {
		t.Error(err)
	}
	if n, reasons := r.Refused(); n != RemoteRequests || len(reasons) != RemoteRequests {
		t.Errorf("got %d refused: %q, want one of each request", n, reasons)
	}
}

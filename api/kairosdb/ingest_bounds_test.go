package kairosdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"aion/aggregators"
	"aion/storage"
)

// repeated is a body of a head, many times the same text, and a tail, without
// being held.
func repeated(head, text string, times int, tail string) io.Reader {
	return io.MultiReader(strings.NewReader(head), &repeater{text: text, left: times * len(text)}, strings.NewReader(tail))
}

// repeater reads a text again and again.
type repeater struct {
	text     string
	at, left int
}

// Read reads on.
func (r *repeater) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && r.left > 0 {
		m := min(copy(p[n:], r.text[r.at:]), r.left)
		n, r.at, r.left = n+m, (r.at+m)%len(r.text), r.left-m
	}
	return n, nil
}

// bounded is a store's writer that counts points and batches and notes the
// largest batch.
type bounded struct {
	storage.Writer
	points, batches, largest int
}

// Write counts.
func (b *bounded) Write(_ context.Context, batch *storage.Batch) error {
	b.points += batch.Len()
	b.batches++
	b.largest = max(b.largest, batch.Size())
	return nil
}

// TestIngestHoldsLittle gives a parser bodies of many megabytes and looks at what
// it allocates and how it writes.
func TestIngestHoldsLittle(t *testing.T) {
	const object = `{"name":"sensor","timestamp":1700000000000,"value":21.5,"tags":{"device":"a","site":"b"}}`
	const odd = `{"name":"sensor","timestamp":1700000000000,"value":"\u00e9","tags":{"device":"a","site":"b"}}`
	const head = `[{"name":"m","tags":{"h":"a"},"datapoints":[[1,2]`
	tests := []struct {
		name       string
		body       func() io.Reader
		points     int
		megabytes  uint64 // that may be allocated
		batchesMin int
	}{
		{"plain objects", func() io.Reader { return repeated("["+object, ","+object, 150_000, "]") }, 150_001, 24, 1},
		{"odd objects", func() io.Reader { return repeated("["+odd, ","+odd, 10_000, "]") }, 10_001, 200, 1},
		{"one long array", func() io.Reader { return repeated(head, ",[1700000000000,21.5]", 500_000, "]}]") }, 500_001, 64, 2},
		{"one array longer than is held", func() io.Reader { return repeated(head, ",[1,2]", 1_800_000, "]}]") }, 1_800_001, 96, 6},
		{"unknown members", func() io.Reader { return repeated(`[{"x":[`+object, ","+object, 50_000, "]}]") }, 0, 200, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, store := parserOf(switches[aggregators.Develop]), &bounded{}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			messages, err := p.parse(t.Context(), tt.body(), store)
			runtime.ReadMemStats(&after)
			if tt.points > 0 && (err != nil || messages != nil) {
				t.Fatalf("got %.300q, %v", messages, err)
			}
			if store.points != tt.points || store.batches < tt.batchesMin || store.largest > storage.MaxBatch {
				t.Errorf("got %d points in %d batches of up to %d bytes, want %d in at least %d of at most %d",
					store.points, store.batches, store.largest, tt.points, tt.batchesMin, storage.MaxBatch)
			}
			if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > tt.megabytes {
				t.Errorf("got %d MB allocated, want at most %d", got, tt.megabytes)
			}
		})
	}
}

// TestIngestRefusesLateMembers is about members behind so many data points that
// some of these are stored already.
func TestIngestRefusesLateMembers(t *testing.T) {
	const head = `[{"name":"m","tags":{"h":"a"},"datapoints":[[1,2]`
	for _, member := range []string{"name", "tags", "type", "ttl", "skip_validate", "datapoints"} {
		p, store := parserOf(switches[aggregators.V13]), &bounded{}
		p.early = 1 << 20
		_, err := p.parse(t.Context(), repeated(head, ",[1,2]", 50_000, `],"`+member+`":null}]`), store)
		fault, ok := errors.AsType[*Fault](err)
		want := "metric[0](name=m)." + member + " must stand before so many datapoints."
		if !ok || fault.Status != http.StatusBadRequest || fault.Messages[0] != want {
			t.Errorf("got %v, want %s", err, want)
		}
		if store.points == 0 {
			t.Error("got no points stored, want those before the member")
		}
	}
}

// TestIngestRefusesWhatCannotBeHeld sends what must be held whole, and is too
// large for that.
func TestIngestRefusesWhatCannotBeHeld(t *testing.T) {
	tests := []struct {
		name string
		body io.Reader
		want int
	}{
		{"points before name and tags", repeated(`[{"datapoints":[[1,2]`, ",[1,2]", 200_000, "]}]"), http.StatusRequestEntityTooLarge},
		{"a text", repeated(`[{"name":"`, "x", maxTextBytes+1, `"}]`), http.StatusBadRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, store := parserOf(switches[aggregators.V13]), &bounded{}
			p.early, p.most = 1<<20, 4<<20
			_, err := p.parse(t.Context(), tt.body, store)
			if fault, ok := errors.AsType[*Fault](err); !ok || fault.Status != tt.want || store.points != 0 {
				t.Errorf("got %v and %d points, want a refusal with %d", err, store.points, tt.want)
			}
		})
	}
}

// TestIngestNamesOnlySoManyProblems bounds the answer to a body of nothing but
// problems.
func TestIngestNamesOnlySoManyProblems(t *testing.T) {
	p := parserOf(switches[aggregators.V13])
	messages, err := p.parse(t.Context(), repeated("[{}", ",{}", 9_999, "]"), &bounded{})
	if err != nil || len(messages) != maxProblems+1 {
		t.Fatalf("got %d messages, %v, want %d", len(messages), err, maxProblems+1)
	}
	if got, want := messages[maxProblems], "further problems: 10000"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	name := strings.Repeat("n", 1<<20)
	messages, err = p.parse(t.Context(), repeated("[{}", fmt.Sprintf(`,{"name":%q}`, name), 9, "]"), &bounded{})
	if err != nil || len(messages) > 10 || !strings.HasPrefix(messages[len(messages)-1], "further problems: ") {
		t.Errorf("got %d messages, %v, want few long ones and how many more there are", len(messages), err)
	}
}

package wire_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"aion/api/wire"
)

// given is what the client receives of an answer of so many pieces, each passed on,
// behind which fill fails with an error.
func given(t *testing.T, all *wire.Answers, method, accepts string, pieces int, failure error) (*httptest.ResponseRecorder, error) {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), method, "/", nil)
	r.Header.Set("Accept-Encoding", accepts)
	w.Header().Set("Vary", "Accept")
	err := all.Give(w, r, "text/plain", func(a *wire.Answer) error {
		for range pieces {
			a.Text = append(a.Text, piece...)
			if err := a.Pass(); err != nil {
				return err
			}
		}
		return failure
	})
	return w, err
}

// piece is what answers are made of here.
var piece = strings.Repeat("0123456789abcdef", 1<<10)

// TestAnswers: an answer is whole, compressed if the client takes that, and one that
// fails has no end; what one has left behind is not in the next one.
func TestAnswers(t *testing.T) {
	var all wire.Answers
	broken := errors.New("broken")
	for _, c := range []struct {
		method, accepts string
		pieces          int
		failure         error
		encoding, want  string
	}{
		{"GET", "", 0, nil, "", ""},
		{"GET", "", 1, nil, "", piece},
		{"GET", "", 1, broken, "", ""},
		{"GET", "", 9, nil, "", strings.Repeat(piece, 9)},
		{"GET", "", 9, broken, "", strings.Repeat(piece, 8)},
		{"POST", "gzip", 9, nil, "gzip", strings.Repeat(piece, 9)},
		{"POST", "gzip", 0, nil, "gzip", ""},
		{"POST", "gzip;q=0", 1, nil, "", piece},
		{"HEAD", "gzip", 1, nil, "", piece},
	} {
		w, err := given(t, &all, c.method, c.accepts, c.pieces, c.failure)
		if !errors.Is(err, c.failure) || w.Code != http.StatusOK {
			t.Errorf("%+.40v: got %d, %v, want %v", c, w.Code, err, c.failure)
		}
		h, body := w.Header(), io.Reader(w.Body)
		if got := h.Get("Content-Encoding"); got != c.encoding {
			t.Errorf("%+.40v: got the encoding %q, want %q", c, got, c.encoding)
		}
		if h.Get("Content-Type") != "text/plain" || h.Get("Cache-Control") != "no-cache" || !slices.Equal(h["Vary"], []string{"Accept", "Accept-Encoding"}) {
			t.Errorf("%+.40v: got %v", c, h)
		}
		if c.encoding != "" {
			if body, err = gzip.NewReader(body); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(body); string(got) != c.want || err != nil {
			t.Errorf("%+.40v: got %d bytes, %v, want %d", c, len(got), err, len(c.want))
		}
	}
	w, _ := given(t, &all, "GET", "gzip", 9, broken)
	if r, err := gzip.NewReader(w.Body); err == nil {
		if got, err := io.ReadAll(r); err == nil {
			t.Errorf("an answer that failed reads as whole: %d bytes", len(got))
		}
	}
}

// sizes notes how much is written at once.
type sizes struct {
	*httptest.ResponseRecorder
	of []int
}

// Write notes the size.
func (s *sizes) Write(p []byte) (int, error) {
	s.of = append(s.of, len(p))
	return s.ResponseRecorder.Write(p)
}

// TestAnswerPieces: an answer begins in pieces of 64 KiB, and goes on in pieces of 192
// when a megabyte has been written; nothing is kept back at its end.
func TestAnswerPieces(t *testing.T) {
	const kib, count = 1 << 10, 100
	w := &sizes{ResponseRecorder: httptest.NewRecorder()}
	err := new(wire.Answers).Give(w, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil), "text/plain", func(a *wire.Answer) error {
		for range count {
			a.Text = append(a.Text, piece...)
			if err := a.Pass(); err != nil {
				return err
			}
		}
		return nil
	})
	want := slices.Concat(slices.Repeat([]int{64 * kib}, 16), slices.Repeat([]int{192 * kib}, 3), []int{0})
	if err != nil || !slices.Equal(w.of, want) || w.Body.String() != strings.Repeat(piece, count) {
		t.Errorf("got %v, pieces of %d, want %d", err, w.of, want)
	}
}

package remotewrite

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/labstack/echo/v4"
	"google.golang.org/protobuf/encoding/protowire"

	"aion/api/access"
	"aion/storage"
	"aion/storage/memory"
)

// TestWritesOutside: a request with one series outside of what the client may
// write stores nothing and names it; without the right to write there is nothing
// to name.
func TestWritesOutside(t *testing.T) {
	key := func(role access.Role) *access.Principal {
		return &access.Principal{Kind: access.Key, Role: role, Constraint: storage.Constraint{}.Devices("device", "d1")}
	}
	for _, c := range []struct {
		name   string
		who    *access.Principal
		body   []byte
		status int
		answer string
		stored string
	}{
		{"within", key(access.Member), labelled("a", "d1", "b", "d1"), 200, "", "a{device=d1} kairos_double 0 1\nb{device=d1} kairos_double 0 1"},
		{"one outside", key(access.Member), labelled("a", "d1", "b", "d2"), 403, "timeseries[1](name=b) may not be written with these credentials", ""},
		{"no device", key(access.Member), request(map[string][]float64{"a": {1}}), 403, "timeseries[0](name=a) may not be written with these credentials", ""},
		{"a viewer", key(access.Viewer), labelled("a", "d1"), 403, "the scope device:write-data is required", ""},
		{"nobody", nil, labelled("a", "d1"), 401, "credentials are required", ""},
		{"all", access.Everyone(), labelled("a", "d2"), 200, "", "a{device=d2} kairos_double 0 1"},
		{"no message", key(access.Member), s2.EncodeSnappy(nil, []byte("\x0a\xff")), 400, errMalformed.Error(), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := memory.New(memory.Config{})
			p, e := New(Config{Store: store}), echo.New()
			p.Routes(e)
			e.HTTPErrorHandler = func(err error, c echo.Context) {
				status := http.StatusBadRequest
				if own, ok := err.(interface{ StatusCode() int }); ok {
					status = own.StatusCode()
				}
				if err := p.WriteError(c, status, err); err != nil {
					t.Error(err)
				}
			}
			answer := httptest.NewRecorder()
			e.ServeHTTP(answer, httptest.NewRequestWithContext(access.With(t.Context(), c.who), http.MethodPost, Path, strings.NewReader(string(c.body))))
			if answer.Code != c.status || answer.Body.String() != c.answer {
				t.Errorf("got %d %q, want %d %q", answer.Code, answer.Body, c.status, c.answer)
			}
			if got := list(t, store); got != c.stored {
				t.Errorf("got %s, want %s", got, c.stored)
			}
		})
	}
}

// labelled is a packed request of series of one sample: names and devices in turn.
func labelled(words ...string) []byte {
	var b []byte
	for i := 0; i < len(words); i += 2 {
		var message []byte
		for _, label := range [][2]string{{nameLabel, words[i]}, {"device", words[i+1]}} {
			pair := protowire.AppendString(protowire.AppendTag(nil, labelName, protowire.BytesType), label[0])
			pair = protowire.AppendString(protowire.AppendTag(pair, labelValue, protowire.BytesType), label[1])
			message = protowire.AppendBytes(protowire.AppendTag(message, seriesLabels, protowire.BytesType), pair)
		}
		sample := protowire.AppendFixed64(protowire.AppendTag(nil, sampleValue, protowire.Fixed64Type), 0x3ff0000000000000)
		message = protowire.AppendBytes(protowire.AppendTag(message, seriesSamples, protowire.BytesType), sample)
		b = protowire.AppendBytes(protowire.AppendTag(b, requestSeries, protowire.BytesType), message)
	}
	return s2.EncodeSnappy(nil, b)
}

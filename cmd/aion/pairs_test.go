package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"aion/storage/cassandra/cassandratest"
)

// pairAt is when the points of TestPairs begin: 2025-03-18T10:00:00Z.
const pairAt = int64(1742292000000)

// pairWriters are the ways in: each writes to the device pair-1 a measurement of
// numbers, 5 and a second later 5.5, and one of texts.
func pairWriters() map[string]func(t *testing.T, s *server, numbers, texts string) {
	const device = `"tags":{"device":"pair-1"}`
	return map[string]func(t *testing.T, s *server, numbers, texts string){
		"kairosdb": func(t *testing.T, s *server, numbers, texts string) {
			s.does(t, "/api/v1/datapoints", fmt.Sprintf(`[{"name":%q,%s,"datapoints":[[%d,5],[%d,5.5]]},{"name":%q,%s,"type":"string","datapoints":[[%d,"open"]]}]`,
				numbers, device, pairAt, pairAt+1000, texts, device, pairAt), http.StatusNoContent)
		},
		"telnet": func(t *testing.T, s *server, numbers, texts string) {
			lines := fmt.Sprintf("putm %s %d 5 device=pair-1\nputm %s %d 5.5 device=pair-1\nputs %s %d open device=pair-1\n",
				numbers, pairAt, numbers, pairAt+1000, texts, pairAt)
			converse(t, s.telnet(t), lines)
			s.await(t, func() {}, texts, `"open"`)
		},
		"carbon": func(t *testing.T, s *server, numbers, _ string) {
			lines := fmt.Sprintf("%s;device=pair-1 5 %d\n%s;device=pair-1 5.5 %d\n", numbers, pairAt/1000, numbers, pairAt/1000+1)
			converse(t, s.way(t, "carbon"), lines)
			s.await(t, func() {}, numbers, "5.5")
		},
		"remotewrite": func(t *testing.T, s *server, numbers, _ string) {
			series := sent(1, sent(1, []byte("__name__")), sent(2, []byte(numbers)))
			device := sent(1, sent(1, []byte("device")), sent(2, []byte("pair-1")))
			request := sent(1, series, device, sentSample(5, pairAt), sentSample(5.5, pairAt+1000))
			s.does(t, "/api/v1/prometheus/writeadapter/write", string(unsqueezed(request)), http.StatusOK)
		},
		"connio": func(t *testing.T, s *server, numbers, texts string) {
			s.does(t, "/v3/data/devices/pair-1/properties", fmt.Sprintf(`{"dps":[{"t":"2025-03-18T10:00:00Z","v":5,"prop":%q},{"t":"2025-03-18T10:00:01Z","v":5.5,"prop":%q},`+
				`{"t":"2025-03-18T10:00:00Z","v":"open","prop":%q}]}`, numbers, numbers, texts), http.StatusOK)
		},
		"yggio": func(t *testing.T, s *server, numbers, texts string) {
			s.does(t, "/http-push/generic", fmt.Sprintf(`{"secret":"PAIR-SECRET-1","timestamp":%d,%q:5,%q:"open"}`, pairAt, numbers, texts), http.StatusOK)
			s.does(t, "/http-push/generic", fmt.Sprintf(`{"secret":"PAIR-SECRET-1","timestamp":"2025-03-18T10:00:01Z",%q:5.5}`, numbers), http.StatusOK)
		},
	}
}

// pairReaders ask for a measurement of the device pair-1, and say what has to be in
// the answer: of numbers, and of texts.
func pairReaders() map[string]func(t *testing.T, s *server, measurement string) (answer, numbers, texts string) {
	at := fmt.Sprint(pairAt)
	later := fmt.Sprint(pairAt + 1000)
	return map[string]func(t *testing.T, s *server, measurement string) (answer, numbers, texts string){
		"kairosdb": func(t *testing.T, s *server, measurement string) (answer, numbers, texts string) {
			return s.pointsOf(t, measurement), `"values":[[` + at + `,5],[` + later + `,5.5]]`, `"values":[[` + at + `,"open"]]`
		},
		"connio": func(t *testing.T, s *server, measurement string) (answer, numbers, texts string) {
			query := `{"startAbsolute":"2025-03-18T00:00:00Z","endAbsolute":"2025-03-19T00:00:00Z"}`
			answer = s.does(t, "/v3/data/devices/pair-1/properties/"+measurement+"/query", query, http.StatusOK)
			return answer, `{"t":"2025-03-18T10:00:00Z","v":5},{"t":"2025-03-18T10:00:01Z","v":5.5}`, `{"t":"2025-03-18T10:00:00Z","v":"open"}`
		},
		"yggio": func(t *testing.T, s *server, measurement string) (answer, numbers, texts string) {
			_, answer = s.ask(t, http.MethodGet, "/api/iotnodes/507f1f77bcf86cd799439012/stats?measurement="+measurement, "")
			return answer, `[{"time":"2025-03-18T10:00:00.000Z","value":5},{"time":"2025-03-18T10:00:01.000Z","value":5.5}]`,
				`[{"time":"2025-03-18T10:00:00.000Z","value":"open"}]`
		},
		"grafana": func(t *testing.T, s *server, measurement string) (answer, numbers, texts string) {
			query := fmt.Sprintf(`{"range":{"from":%d,"to":%d},"targets":[{"target":%q,"payload":{"raw":true,"tags":{"device":"pair-1"}}}]}`, pairAt-1000, pairAt+5000, measurement)
			return s.does(t, "/grafana/query", query, http.StatusOK), `[5,` + at + `],[5.5,` + later + `]`, `[` + at + `,"open"]`
		},
	}
}

// sent is a field of a message of Prometheus' remote write that has parts.
func sent(field byte, parts ...[]byte) []byte {
	text := slices.Concat(parts...)
	return append(binary.AppendUvarint([]byte{field<<3 | 2}, uint64(len(text))), text...)
}

// sentSample is a point in a series of remote write.
func sentSample(v float64, at int64) []byte {
	value := binary.LittleEndian.AppendUint64([]byte{1<<3 | 1}, math.Float64bits(v))
	return sent(2, value, binary.AppendUvarint([]byte{2 << 3}, uint64(at)))
}

// unsqueezed is a text of up to 256 bytes in Snappy's form, as one literal.
func unsqueezed(text []byte) []byte {
	head := binary.AppendUvarint(nil, uint64(len(text)))
	return append(append(head, 60<<2, byte(len(text)-1)), text...)
}

// does sends a body that must be taken, and is the answer.
func (s *server) does(t *testing.T, path, body string, want int) string {
	t.Helper()
	status, answer := s.ask(t, http.MethodPost, path, body)
	if status != want {
		t.Fatalf("%s %s: got %d %s, want %d", path, body, status, answer, want)
	}
	return answer
}

// TestPairs writes by each protocol and reads by each, on every engine.
func TestPairs(t *testing.T) {
	for _, engine := range []string{"memory", "pebble", "cassandra"} {
		t.Run(engine, func(t *testing.T) {
			args := []string{"--storage=" + engine, "--data.dir=" + t.TempDir(), "--telnet.listen=127.0.0.1:0",
				"--carbon.listen=127.0.0.1:0", "--carbon.tag-parser=tags"}
			if engine == "cassandra" {
				node := cassandratest.Shared(t)
				args = append(args, "--cassandra.hosts="+node.Host(), "--cassandra.keyspace="+node.Keyspace(t))
			}
			start(t, args...).pairs(t)
		})
	}
}

// pairs writes to a server by each protocol and reads by each.
func (s *server) pairs(t *testing.T) {
	s.does(t, "/api/admin/v1/devices", `{"id":"pair-1","aliases":["507f1f77bcf86cd799439012"],"secret":"PAIR-SECRET-1"}`, http.StatusCreated)
	var fields []string
	for by, write := range pairWriters() {
		numbers, texts := by+"numbers", by+"texts"
		write(t, s, numbers, texts)
		fields = append(fields, strconv.Quote(numbers))
		onlyNumbers := by == "carbon" || by == "remotewrite"
		if !onlyNumbers {
			fields = append(fields, strconv.Quote(texts))
		}
		for with, read := range pairReaders() {
			answer, want, _ := read(t, s, numbers)
			if !strings.Contains(answer, want) {
				t.Errorf("numbers by %s, read by %s: got %s, want %s in it", by, with, answer, want)
			}
			if onlyNumbers {
				continue
			}
			answer, _, want = read(t, s, texts)
			if !strings.Contains(answer, want) {
				t.Errorf("texts by %s, read by %s: got %s, want %s in it", by, with, answer, want)
			}
		}
	}
	slices.Sort(fields)
	_, got := s.ask(t, http.MethodGet, "/api/iotnodes/pair-1/stats/fields", "")
	if want := "[" + strings.Join(fields, ",") + "]"; got != want {
		t.Errorf("fields: got %s, want %s", got, want)
	}
	s.pairsTags(t)
	s.pairsReplace(t)
	s.pairsPolicy(t)
}

package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"aion/storage/memory"
)

// tricks are other ways to write a path, for servers that look at one form and
// route by another.
func tricks(path string) []string {
	last := path[strings.LastIndexByte(path, '/')+1:]
	up := strings.ToUpper(path)
	return []string{
		path, path + "/", path + "//", path + ".", path + "%20", path + "%00", path + ";x=y", path + "?", path + "#", path + "%3f", path + "%23",
		"/" + path, "/." + path, "/x/.." + path, "/x/%2e%2e" + path, "/%2e" + path, "/..%2f" + path[1:], "/..;" + path,
		up, path[:1] + strings.ToUpper(path[1:2]) + path[2:], strings.ReplaceAll(path, "/", "//"), strings.Replace(path, "/", "/;/", 2),
		strings.TrimSuffix(path, last) + fmt.Sprintf("%%%02x", last[0]) + last[1:], strings.ReplaceAll(path, "/", "%2f"), "/" + strings.ReplaceAll(path[1:], "/", "%2F"),
		strings.ReplaceAll(path, "/", `\`), "/api/v1/health/check/.." + path, "/api/v1/health/check/../../.." + path, "/api/v1/health/check%2f..%2f..%2f.." + path,
		"/api/v1/health/check;" + path, "/api/v1/health/check?" + path, "/api/v1/health/check%00" + path, "http://other" + path, "http://other//" + path,
		"/grafana/.." + path, "/metrics/.." + path, "/api/v1/version/../../.." + path, path + "/../" + last, path + "%0d%0aX-A: b",
	}
}

// raw sends a request as it is written here and answers status and body; 0 where
// the server closes the connection.
func raw(t *testing.T, address, method, target, body string, headers ...string) (int, string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	lines := append([]string{method + " " + target + " HTTP/1.1", "Host: aion", "Connection: close", fmt.Sprint("Content-Length: ", len(body))}, headers...)
	if _, err := io.WriteString(c, strings.Join(lines, "\r\n")+"\r\n\r\n"+body); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

// TestPathTricks: however a path is written, and whatever other headers say, no
// route is reached without its check.
func TestPathTricks(t *testing.T) {
	e := newEstate(t, requiring(t), memory.New(memory.Config{}))
	server := httptest.NewServer(e.api.Handler())
	defer server.Close()
	address := server.Listener.Addr().String()
	k, seen := e.secrets["device"], []string{homeD1}
	known := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(k.ID+":"+k.Secret))
	before := e.kept(seen)
	for _, r := range []struct{ method, path, body string }{
		{"GET", "/api/v1/metricnames", ""}, {"GET", "/api/v1/tagvalues", ""}, {"POST", "/api/v1/datapoints/query", askShared}, {"POST", "/api/v1/datapoints/query/tags", askShared},
		{"DELETE", "/api/v1/metric/shared", ""}, {"POST", "/api/v1/datapoints/delete", dropShared}, {"POST", "/api/put", strings.ReplaceAll(putOther, "OTHERTAGS", `{"device":"x"}`)},
		{"GET", "/api/v1/metadata/service/" + homeAll, ""}, {"GET", "/api/v1/rollups", ""}, {"GET", "/api/admin/v1/keys", ""}, {"GET", "/api/admin/v1/devices", ""},
		{"POST", "/grafana/search", `{"target":""}`}, {"GET", "/metrics", ""},
	} {
		for _, target := range tricks(r.path) {
			for _, headers := range [][]string{nil, {known}, {"X-Original-URL: /api/v1/health/check", "X-Rewrite-URL: /api/v1/health/check", "X-HTTP-Method-Override: OPTIONS"},
				{"Authorization: ", known}, {"authorization : x"}, {"X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1"}} {
				status, answer := raw(t, address, r.method, target, r.body, headers...)
				ours := len(headers) == 1 && headers[0] == known
				public := strings.HasPrefix(target, "/api/v1/health/check?") && status == 204
				if !ours && !public && status < 400 && status != 0 {
					t.Errorf("%s %s with %q: got %d %.100s, want it refused", r.method, target, headers, status, answer)
				}
				if slices.ContainsFunc(sentinels, func(s string) bool { return s != homeD1 && strings.Contains(answer, s) }) {
					t.Errorf("%s %s with %q: the answer tells of what is not theirs: %.300s", r.method, target, headers, answer)
				}
			}
		}
	}
	if after := e.kept(seen); !slices.Equal(before, after) {
		t.Errorf("what others have has changed from\n%q to\n%q", before, after)
	}
}

// injections are names that would be more than names to a store or a pattern that
// took them for code.
var injections = []string{
	`x' OR '1'='1`, `'; DROP TABLE data_points; --`, `" OR ""="`, `%`, `*`, `_`, `.*`, `(?i)ZQ-.*`, `zq-home-d1|zq-home-d2`, `zq-home-d1","zq-home-d2`, "zq-home-d1\x00", "zq-home-d1\n.*",
	`regex:.*`, `regex:^.*$`, `regex:(?s:.*)`, `regex:zq-home-d1|.*`, `regex:\Q\E.*`, `regex:(|.*)`, `regex:[^x]*`, `${device}`, `{{device}}`, `device=zq-home-d2`, `../zq-home-d2`,
	`zq-home-d2'}]`, "\u202ezq-home-d2", strings.Repeat("a", 70_000), "zq-home-d1\ufffd", "ZQ-HOME-D2", "zq-home-d2 ", " zq-home-d2",
}

// injected asks with an injection in every name that a request has, and looks
// whether anything foreign comes out.
func (e *estate) injected() {
	quoted := func(s string) string {
		text, err := json.Marshal(s)
		e.must(err)
		return string(text)
	}
	before := e.kept([]string{homeD1})
	for _, x := range injections {
		q, escaped := quoted(x), strings.NewReplacer("%", "%25", "/", "%2f", "?", "%3f", "#", "%23", " ", "%20", "\x00", "%00", "\n", "%0a", `"`, "%22").Replace(x)
		for _, r := range [][3]string{
			{"POST", "/api/v1/datapoints/query", `{"start_absolute":1,"metrics":[{"name":"shared","tags":{"device":` + q + `}}]}`},
			{"POST", "/api/v1/datapoints/query", `{"start_absolute":1,"metrics":[{"name":"shared","tags":{"organization":` + q + `,` + quoted("a"+x) + `:` + q + `}}]}`},
			{"POST", "/api/v1/datapoints/query", `{"start_absolute":1,"metrics":[{"name":` + q + `,"group_by":[{"name":"tag","tags":["device",` + q + `]}]}]}`},
			{"POST", "/api/v1/datapoints/query/tags", `{"start_absolute":1,"metrics":[{"name":"shared","tags":{"device":[` + q + `,"zq-home-d2"],"room":` + q + `}}]}`},
			{"POST", "/api/v1/datapoints/delete", `{"start_absolute":0,"metrics":[{"name":"shared","tags":{"device":` + q + `,"none":"none"}},{"name":` + q + `}]}`},
			{"POST", "/api/v1/datapoints", `[{"name":"shared","timestamp":1000,"value":7,"tags":{"device":` + q + `,"room":"x"}}]`},
			{"GET", "/api/v1/metricnames?prefix=" + escaped, ""},
			{"GET", "/api/v1/rollups/" + escaped, ""},
			{"POST", "/grafana/search", `{"target":` + q + `}`},
			{"POST", "/grafana/tag-values", `{"key":` + q + `}`},
			{"GET", "/api/admin/v1/devices/" + escaped, ""},
			{"GET", "/api/admin/v1/devices?prefix=" + escaped, ""},
		} {
			if strings.ContainsAny(r[1], "\x00\n\u202e\ufffd") || len(r[1]) > 8000 {
				continue // no client can send that
			}
			status, answer := e.as("device", r[0], r[1], r[2])
			if slices.ContainsFunc(sentinels, func(s string) bool {
				return s != homeD1 && strings.Contains(answer, s) && !strings.Contains(r[1]+r[2], s)
			}) {
				e.t.Errorf("%s %.80s %.200s: got %d and what is not theirs: %.300s", r[0], r[1], r[2], status, answer)
			}
		}
	}
	if after := e.kept([]string{homeD1}); !slices.Equal(before, after) {
		e.t.Errorf("what others have has changed from\n%q to\n%q", before, after)
	}
}

// TestInjections: a name is a name.
func TestInjections(t *testing.T) {
	newEstate(t, requiring(t), memory.New(memory.Config{})).injected()
}

package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Detect asks a server what it is. An Aion is told by its difference 01: the
// size of a sample stands behind the results.
func Detect(ctx context.Context, t Target) (Server, error) {
	version, err := asked(ctx, t, http.MethodGet, "/api/v1/version", "")
	if err != nil {
		return Server{}, err
	}
	var said struct{ Version string }
	if version.status != http.StatusOK || json.Unmarshal(version.body, &said) != nil {
		return Server{}, fmt.Errorf("the server answers %d to /api/v1/version: %.200s", version.status, version.body)
	}
	query, err := asked(ctx, t, http.MethodPost, "/api/v1/datapoints/query", `{"start_absolute":1,"end_absolute":2,"metrics":[{"name":"aion.conform.none"}]}`)
	if err != nil {
		return Server{}, err
	}
	size, results := bytes.Index(query.body, []byte(`"sample_size"`)), bytes.Index(query.body, []byte(`"results"`))
	if size < 0 || results < 0 {
		return Server{}, fmt.Errorf("the server answers %d to a query: %.200s", query.status, query.body)
	}
	s := Server{Version: said.Version, Kairos: size < results}
	if s.Kairos {
		return s, nil
	}
	figures, err := asked(ctx, t, http.MethodGet, "/metrics", "")
	s.Cassandra = err == nil && bytes.Contains(figures.body, []byte("aion_cassandra_"))
	return s, err
}

// Extended tells whether a server that behaves as a release has extensions on.
func Extended(ctx context.Context, t Target, s Server) (bool, error) {
	if s.Kairos {
		return false, nil
	}
	a, err := asked(ctx, t, http.MethodGet, "/api/v1/tagnames", "")
	return a.status == http.StatusOK, err
}

// operator is the operator's API among the protocols.
const operator = "operator"

// spoken is a protocol beside KairosDB's.
type spoken struct {
	probe string // answers 200 to an administrator wherever the protocol is served
	login string // where a user gets a token, {"token":…} for username and password; empty: nowhere
}

// protocols are what an Aion answers beside KairosDB's API, each an area of its
// own.
func protocols() map[string]spoken {
	return map[string]spoken{
		operator:  {probe: operatorAPI + "/keys?limit=1"},
		"connio":  {probe: "/v3/accounts/_this_"},
		"grafana": {probe: "/grafana"},
		"yggio":   {probe: "/api/iotnodes", login: "/api/auth/local"},
	}
}

// Asks tells whether a server asks everybody for credentials.
func Asks(ctx context.Context, t Target) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/metricnames", nil)
	if err != nil {
		return false, err
	}
	req.Header["Authorization"] = nil
	a, err := exchange(t, req)
	return a.status == http.StatusUnauthorized, err
}

// Spoken lists the protocols that a server answers beside KairosDB's.
func Spoken(ctx context.Context, t Target, s Server) ([]string, error) {
	var list []string
	for name, p := range protocols() {
		if s.Kairos {
			continue
		}
		a, err := asked(ctx, t, http.MethodGet, p.probe, "")
		if err != nil {
			return nil, err
		}
		if a.status == http.StatusOK {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list, nil
}

// asked sends a request.
func asked(ctx context.Context, t Target, method, where, body string) (received, error) {
	req, err := http.NewRequestWithContext(ctx, method, where, strings.NewReader(body))
	if err != nil {
		return received{}, err
	}
	return exchange(t, req)
}

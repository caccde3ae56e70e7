package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// TestYggioClient lets a script that is written from the vendor's pages log in, make
// an iotnode, push and ask, with no more of ours than the address and a user.
func TestYggioClient(t *testing.T) {
	s := start(t, "--storage=memory", "--auth.mode=required")
	key := firstKey.FindStringSubmatch(s.stdout())
	if key == nil {
		t.Fatalf("got %s, want the first key", s.stdout())
	}
	body := strings.NewReader(`{"name":"alice","password":"alice's password","role":"member"}`)
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.address+"/api/admin/v1/users", body)
	req.RequestURI = ""
	req.SetBasicAuth(key[1], key[2])
	made, err := http.DefaultClient.Do(req)
	if err != nil || made.StatusCode != http.StatusCreated {
		t.Fatalf("make a user: got %v, %v", made, err)
	}
	made.Body.Close()
	got := printed(t, nil, "python3", filepath.Join(clientPrograms, "yggio.py"), "http://"+s.address, "alice", "alice's password")
	want := `wrong password: 401 Auth error
node: desk by the window {'alice': ['admin', 'read', 'write']} 24
listed: True
pushed: {200}
pushed: 200
pushed: 200
pushed by nobody: 404
fields: ['occupancy', 'state', 'temperature', 'value_arrivals']
raw: [{'time': '2025-03-18T13:00:00.000Z', 'value': 21}, {'time': '2025-03-18T14:00:00.000Z', 'value': 22.5}]
texts: [{'time': '2025-03-18T14:00:00.000Z', 'value': 'ok'}]
interval: [{'time': '2025-03-18T13:00:00.000Z', 'value': 21, 'min': 21, 'max': 21, 'stddev': 0}, {'time': '2025-03-18T14:00:00.000Z', 'value': 22.5, 'min': 22.5, 'max': 22.5, 'stddev': 0}]
mean: [0.3333333333333333, 0.6666666666666666, 0.5] 2025-03-18T13:00:00.000Z
timeWeightedMean: [0.25, 0.5, 0.75] 2025-03-18T13:00:00.000Z
max: [1, 1, 1] 2025-03-18T13:00:00.000Z
min: [0, 0, 0] 2025-03-18T13:00:00.000Z
first: [0, 1, 1] 2025-03-18T13:00:00.000Z
last: [0, 0, 0] 2025-03-18T13:00:00.000Z
sum: [1, 2, 1] 2025-03-18T13:00:00.000Z
count: [3, 3, 2] 2025-03-18T13:00:00.000Z
difference: [1, 0] 2025-03-18T14:00:00.000Z
pages: [3, 3, 2]
table: [['time', 'value'], ['2025-03-18T13:00:00.000Z', '3'], ['2025-03-18T14:00:00.000Z', '5']]
range: [21, 22.5]
range: [21, 22.5]
range: [22.5, 21]
by its EUI: 200
by its EUI: 200
once: [{'time': '2025-03-18T13:00:00.000Z', 'value': 1}, {'time': '2025-03-18T14:00:00.000Z', 'value': 1}, {'time': '2025-03-18T15:00:00.000Z', 'value': 1}]
policy: retention30days []
again: ['occupancy', 'state', 'temperature', 'value_arrivals']
no token: 401 Auth error
bad token: 422 Invalid authorization token
no measurement: 422 measurement: Required
no node: 404 Could not find entity with query { 'orionId.id': 'def456' }
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

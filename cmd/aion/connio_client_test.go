package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestConnioClient lets a script that is written from the vendor's pages provision
// a device, write and read, with no more of ours than the address and a key.
func TestConnioClient(t *testing.T) {
	s := start(t, "--storage=memory", "--auth.mode=required")
	key := firstKey.FindStringSubmatch(s.stdout())
	if key == nil {
		t.Fatalf("got %s, want the first key", s.stdout())
	}
	got := printed(t, nil, "python3", filepath.Join(clientPrograms, "connio.py"), "http://"+s.address+"/v3", key[1], key[2])
	want := `account: open
device: thermostat.1 Hall enabled SN-001
devices: 1
optimised: {'accepted': 3, 'rejected': 1}
several: {'accepted': 2, 'rejected': 1}
values: {'accepted': 2, 'rejected': 1}
points: 4 [('2017-05-01T14:00:37.575Z', 23.45), ('2017-05-01T14:00:37.645Z', 23.65), ('2017-05-01T14:00:37.775Z', 24.01), ('2017-05-01T15:00:00Z', 20)] thermostat$temperature {'protocol': ['rest'], 'source': ['object']}
averages: [('2017-05-01T14:00:00Z', 23.703333), ('2017-05-01T15:00:00Z', 20)]
newest: [{'t': '2017-05-01T15:00:00Z', 'v': True}]
command: {'accepted': 1, 'rejected': 0}
latest: [('heating', True), ('setpoint', 22), ('temperature', 20)]
of the device: ['heating', 'pin', 'setpoint', 'temperature']
groups: [({'groupNumber': 14}, {'binNumber': 1}, 1), ({'groupNumber': 14}, {'binNumber': 2}, 2), ({'groupNumber': 15}, {'binNumber': 1}, 1)]
state: {'rateLimit': -1, 'maxNrOfDpPerFeed': -1} [('thermostat$temperature', 20, {'count': 4, 'min': 20, 'max': 24.01, 'sum': 91.11})]
bare: ['ref', 'value']
Phase: [{'accepted': 1, 'rejected': 0}, {'accepted': 0, 'rejected': 1}] start
Trip: [{'accepted': 1, 'rejected': 0}, {'accepted': 0, 'rejected': 1}] {'geo': {'lat': 34.8, 'lon': 50.1}}
Config: [{'accepted': 1, 'rejected': 0}, {'accepted': 0, 'rejected': 1}] {'volume': 34}
Level: [{'accepted': 1, 'rejected': 0}, {'accepted': 1, 'rejected': 0}] 10
more: ['t.2', 't.3'] {'total': 3, 'itemCount': 1, 'numOfPages': 2, 'pageNo': 2, 'skip': 0}
key of: True
in apps: True
of the app: {'accepted': 1, 'rejected': 0} {'alarms': 3}
POST /data/devices/thermostat.1/properties/temperature: 401 Unauthorized
GET /data/devices/thermostat.1/properties/pin: 401 Unauthorized
GET /data/devices/other: 401 Unauthorized
POST /data/properties/nosuch: 404 ResourceNotFound
POST /data/properties/temperature: 400 BadRequest
DELETE /deviceprofiles/thermostat: 409 Conflict
old key: 401 new key: 200
deleted: {'nrOfItems': 1} 401
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestConnioSDK lets Connio's own SDK for Python do what its README shows. Without a
// package index at hand it skips, unless the run must not go without.
func TestConnioSDK(t *testing.T) {
	const fetch = "(python3 -m venv env && env/bin/pip install -q --disable-pip-version-check -r requirements.txt) >failed 2>&1 && rm failed || true"
	dir := fetched(t, "conniosdk", []string{"requirements.txt"}, "sh", "-c", fetch)
	if why, err := os.ReadFile(filepath.Join(dir, "failed")); err == nil {
		os.RemoveAll(dir)
		if os.Getenv("CI") == "true" {
			t.Fatalf("pip cannot fetch what this run must not go without:\n%s", why)
		}
		t.Skipf("pip cannot fetch Connio's SDK:\n%s", why)
	}
	s := start(t, "--storage=memory", "--auth.mode=required")
	key := firstKey.FindStringSubmatch(s.stdout())
	if key == nil {
		t.Fatalf("got %s, want the first key", s.stdout())
	}
	programs := filepath.Join(clientPrograms, "conniosdk")
	likeFile(t, filepath.Join(programs, "answers.txt"),
		printed(t, nil, filepath.Join(dir, "env", "bin", "python"), filepath.Join(programs, "work.py"), "http://"+s.address, key[1], key[2]))
}

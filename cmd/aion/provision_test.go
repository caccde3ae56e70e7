package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"aion/api/admin"
)

// aFleet is a file with something of all kinds.
const aFleet = `# what the test has
organizations: [{id: acme, ingestion: {rateLimit: 600, maxNrOfDpPerFeed: 1000}}, {id: globex}]
users:
  - {name: ann, organization: acme, role: admin, password: secret-of-ann}
profiles:
  - name: Boiler
    properties: &properties
      - {name: Temp, type: number, access: public, boundaries: {min: -25.5, max: 65.5, enum: {set: [1, a]}, lat: 1, lon: 2, radius: 3, inside: false}, retention: {type: historical, lifetime: 3months, condition: {when: always}}}
devices:
  - &d1 {id: d1, organization: acme, name: One, aliases: [SN-1], secret: ABCDEFGHIJKLMNOP, profile: Boiler, rights: [{user: ann, right: admin}], ingestion: {maxNrOfDpPerFeed: -1}}
  - {<<: *d1, id: d2, name: Two, aliases: [], secret: null}
apps:
  - {id: a1, organization: acme, devices: [d1, d2], properties: *properties}
keys:
  - {id: field-1, secret: secret-of-field-1, organization: acme, ownerId: d1, context: {type: device, ids: [SN-1]}, expires: 2999-01-01}
  - {organization: acme, scope: ["device:read-data"]}
`

// planIn writes a provisioning file.
func planIn(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fleet.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// madeSecret is a secret that was made and printed.
var madeSecret = regexp.MustCompile(`(_key_\d{18}) of acme, secret ([0-9a-f]{32}) \(shown this once\)`)

// TestProvision: a file is carried out once, with a server and without; the
// second time nothing changes; a dry run changes nothing at all.
func TestProvision(t *testing.T) {
	whole(t)
	dir, file := t.TempDir(), planIn(t, aFleet)
	const created = "created organization acme\ncreated organization globex\ncreated user ann of acme\ncreated profile Boiler of acme\n" +
		"created device d1 of acme\ncreated device d2 of acme\ncreated app a1 of acme\ncreated key field-1 of acme\ncreated key "
	code, out, errs := command(t, "provision", "--data.dir="+dir, "--dry-run", file)
	if want := "9 created, 0 changed, 0 unchanged; this was a dry run: nothing was changed\n"; code != 0 || !strings.HasPrefix(out, created) || !strings.HasSuffix(out, want) {
		t.Errorf("got %d %s %s, want %s… %s", code, out, errs, created, want)
	}
	s := start(t, "--data.dir="+dir, "--auth.mode=required")
	code, out, errs = command(t, "provision", "--data.dir="+dir, file)
	key := madeSecret.FindStringSubmatch(out)
	if code != 0 || !strings.HasPrefix(out, created) || key == nil || strings.Contains(out, "secret-of") {
		t.Fatalf("got %d %s %s, want it done", code, out, errs)
	}
	if status, text := s.as(t, key[1], key[2], "GET", "/api/admin/v1/devices/SN-1", ""); status != 403 {
		t.Errorf("got %d %s, want it refused: the key is for data alone", status, text)
	}
	if status, text := s.as(t, "ann", "secret-of-ann", "GET", "/api/admin/v1/devices/SN-1", ""); status != 200 || !strings.Contains(text, `"id":"d1"`) {
		t.Errorf("got %d %s, want device d1", status, text)
	}
	for range 2 {
		code, out, errs = command(t, "provision", "--data.dir="+dir, file)
		if want := "0 created, 0 changed, 9 unchanged\n"; code != 0 || out != want {
			t.Errorf("got %d %s %s, want %s", code, out, errs, want)
		}
		s.stop() // and the next one opens the folder
	}
	code, out, _ = command(t, "provision", "--data.dir="+dir, "--json", planIn(t, `{"devices": [{"id": "d1", "organization": "acme", "name": "Uno"}]}`))
	var done admin.Provisioned
	if err := json.Unmarshal([]byte(out), &done); err != nil || code != 0 || fmt.Sprint(done) != "{false [{device d1 acme changed }] []}" {
		t.Errorf("got %d %v, %v, want a change", code, done, err)
	}
}

// TestProvisionExample carries out the file that the README names.
func TestProvisionExample(t *testing.T) {
	code, out, errs := command(t, "provision", "--data.dir="+t.TempDir(), filepath.Join("testdata", "fleet.yaml"))
	if want := "7 created, 0 changed, 0 unchanged\n"; code != 0 || !strings.HasSuffix(out, want) || !madeSecret.MatchString(out) {
		t.Errorf("got %d %s %s, want %s", code, out, errs, want)
	}
}

// TestProvisionMistakes: whatever is wrong is told with its line, and nothing is
// changed.
func TestProvisionMistakes(t *testing.T) {
	whole(t)
	dir := t.TempDir()
	tests := []struct{ name, text, want string }{
		{"empty", "", "1: there is nothing in it"},
		{"no mapping", "- a\n", "1: the file: want members such as apps, devices, keys, organizations, profiles, users"},
		{"no YAML", "devices:\n  - {id: d1\n", "1: did not find expected ',' or '}'"},
		{"two documents", "devices: []\n---\nusers: []\n", "2: there is a second document"},
		{"twice", "devices: []\ndevices: []\n", `2: mapping key "devices" already defined at line 1`},
		{"itself", "devices: &d [*d]\n", "1: anchor 'd' value contains itself"},
		{"unknown members", "gateways: []\ndevices:\n  - id: d1\n    serial: 1\n    rights:\n      - {user: u, rihgt: read}\n",
			"1: gateways: there is no such member; there are apps, devices, keys, organizations, profiles, users\n" +
				"4: devices[0].serial: there is no such member; there are aliases, id, ingestion, name, organization, profile, properties, retentionPolicy, rights, secret, status\n" +
				"6: devices[0].rights[0].rihgt: there is no such member; there are right, user"},
		{"no list", "devices: {id: d1}\n", "1: devices: want a list"},
		{"how much devices feed", "organizations: [{id: o, ingestion: {perMinute: 1}}]\ndevices: [{id: d, ingestion: 1}]\n",
			"1: organizations[0].ingestion.perMinute: there is no such member; there are maxNrOfDpPerFeed, rateLimit\n" +
				"2: devices[0].ingestion: want members such as maxNrOfDpPerFeed, rateLimit"},
		{"what the server says", "devices:\n  - {id: d1}\n  - {id: d1x, status: odd}\n\n  - {id: 7}\nusers: [{name: cy, role: king}]\n",
			"6: users[0]: role: got \"king\", want viewer, member, admin or root\n3: devices[1]: status: got \"odd\", want enabled or disabled\n" +
				"5: devices[2]: id: got a JSON number, want a string"},
	}
	for _, tt := range tests {
		file := planIn(t, tt.text)
		code, out, errs := command(t, "provision", "--data.dir="+dir, file)
		want := ""
		for line := range strings.SplitSeq(tt.want, "\n") {
			want += file + ":" + line + "\n"
		}
		if code != exitUsage || out != "" || !strings.HasPrefix(errs, want) || !strings.HasSuffix(errs, "; nothing was changed\n") {
			t.Errorf("%s: got %d %s\n%swant\n%s", tt.name, code, out, errs, want)
		}
	}
	s := start(t, "--data.dir="+dir)
	if status, text := s.ask(t, "GET", "/api/admin/v1/devices", ""); status != 200 || text != "{\"devices\":[]}\n" {
		t.Errorf("got %d %s, want no device", status, text)
	}
}

// FuzzPlan: no file breaks the reader, and what it takes is JSON of the server's
// members.
func FuzzPlan(f *testing.F) {
	for _, text := range []string{aFleet, "{}", "devices: &d [*d]", "a: &a [b, *a]", "? [x]\n: y", "devices: [{<<: [{id: a}, {x: 1}]}]", "devices: .nan", "1", "\x00"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, problems := parsePlan(text)
		for _, problem := range problems {
			if problem.line < 1 || problem.text == "" {
				t.Errorf("got %+v", problem)
			}
		}
		if len(problems) > 0 {
			return
		}
		body, err := p.json()
		if err != nil {
			return // such as numbers that JSON does not have
		}
		var whole map[string]json.RawMessage
		if err := json.Unmarshal(body, &whole); err != nil {
			t.Errorf("got %s: %v", body, err)
		}
		for name := range whole {
			if planShape().members[name] == nil {
				t.Errorf("got a member %q", name)
			}
		}
	})
}

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// grafanaFiles is where the files lie that Grafana is provisioned with.
const grafanaFiles = "grafana"

// frames reads answers of a server with Grafana's own code.
func (s *server) frames(t *testing.T, args ...string) string {
	t.Helper()
	modules := fetched(t, "grafana", []string{"package.json", "package-lock.json"}, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional")
	program := filepath.Join(clientPrograms, "grafana", "read.js")
	return printed(t, []string{"NODE_PATH=" + filepath.Join(modules, "node_modules")}, "node", append([]string{"--no-deprecation", program, "http://" + s.address + "/grafana"}, args...)...)
}

// TestGrafanaReadsFrames lets Grafana's own code read every form of an answer.
func TestGrafanaReadsFrames(t *testing.T) {
	s := start(t, "--storage=memory")
	for _, body := range []string{
		`[{"name":"cpu","tags":{"host":"a"},"datapoints":[[1767225600000,1],[1767225660000,2.5]]}]`,
		`[{"name":"cpu","tags":{"host":"b"},"datapoints":[[1767225600000,-7]]}]`,
		`[{"name":"events","type":"string","tags":{"host":"a"},"datapoints":[[1767225600000,"up \"quoted\" </b> ü"]]}]`,
	} {
		if status, answer := s.ask(t, http.MethodPost, "/api/v1/datapoints", body); status != http.StatusNoContent {
			t.Fatalf("got %d %s", status, answer)
		}
	}
	got := s.frames(t, "targets", `[{"refId":"Anno","target":"events"},
		{"refId":"A","target":"cpu","payload":{"group_by":["host"]}},
		{"refId":"B","target":"cpu","payload":{"aggregator":"sum","sampling":"30m","fill":"null","title":"all","unit":"percent"}},
		{"refId":"C","target":"cpu","payload":{"format":"table","group_by":["host"]}},
		{"refId":"D","target":"cpu","payload":{"format":"frame","group_by":["host"],"tags":{"host":"a"}}},
		{"refId":"E","target":"events"},
		{"refId":"F","target":"none"},
		{"refId":"G","target":"none","payload":{"format":"frame"}}]`)
	want := `Anno 1 time:time[1767225600000] title:string["events"] text:string["up \"quoted\" </b> ü"] tags:string["host=a"]
A 2 Time:time[1767225600000 1767225660000] cpu host=a:number[1 2.5]
A 1 Time:time[1767225600000] cpu host=b:number[-7]
B 3 Time:time[1767225600000 1767227400000 1767229200000] all:number[-3.5 null null]
C 3 Time:time[1767225600000 1767225660000 1767225600000] host:string["a" "a" "b"] cpu:number[1 2.5 -7]
D 2 Time:time[1767225600000 1767225660000] cpu host=a:number[1 2.5]
E 1 Time:time[1767225600000] events:string["up \"quoted\" </b> ü"]
F 0 Time:time[] none:number[]
G 0 Time:time[] none:number[]
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestDashboardDraws lets Grafana's own code draw the panels of the dashboard over
// the fleet of the demonstration, for all values of its variable.
func TestDashboardDraws(t *testing.T) {
	s := start(t, "--storage=memory", "--demo")
	got := s.frames(t, "dashboard", filepath.Join(grafanaFiles, "fleet.json"))
	var devices strings.Builder
	for i := range 20 {
		fmt.Fprintf(&devices, ", sensor-%02d", i+1)
	}
	want := `Site: berlin, helsinki, lisbon, vienna
Temperature of every device: 20 of time number, empty 0: Time` + devices.String() + `
Temperature at each site: lowest, mean, highest: 12 of time number, empty 0: Time, berlin, berlin highest, berlin lowest, helsinki, helsinki highest, helsinki lowest, lisbon, lisbon highest, lisbon lowest, vienna, vienna highest, vienna lowest
Humidity at each site: 4 of time number, empty 0: Time, berlin, helsinki, lisbon, vienna
Doors opened in each step: 4 of time number, empty 0: Time, berlin, helsinki, lisbon, vienna
Doors opened: 1 of time number, empty 0: Time, door_openings
Status: 1 of time string, empty 0: Time, device, site, status
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestDashboardProvisioning holds the files of Grafana's provisioning to each other
// and to docker-compose.yml.
func TestDashboardProvisioning(t *testing.T) {
	var provisioned struct {
		Datasources []struct{ UID, Type, URL string }
	}
	if err := yaml.Unmarshal([]byte(readFile(t, filepath.Join(grafanaFiles, "datasource.yml"))), &provisioned); err != nil {
		t.Fatal(err)
	}
	source := provisioned.Datasources[0]
	var dashboard struct {
		Panels []struct {
			Title      string
			Datasource struct{ UID, Type string }
			Targets    []struct{ RefID, Target string }
		}
	}
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(grafanaFiles, "fleet.json"))), &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, p := range dashboard.Panels {
		if p.Datasource.UID != source.UID || p.Datasource.Type != source.Type || len(p.Targets) == 0 {
			t.Errorf("%s: got %+v, want targets of %+v", p.Title, p, source)
		}
	}
	c := readCompose(t)
	demo, grafana := c.Services["demo"], c.Services["grafana"]
	if got := demo.serve(t); !got.Demo || source.URL != "http://demo:"+portOf(t, got.HTTP.Listen)+"/grafana" {
		t.Errorf("got a datasource at %s, want it at %s with a demonstration", source.URL, got.HTTP.Listen)
	}
	if grafana.DependsOn["demo"].Condition != "service_healthy" {
		t.Errorf("got Grafana after %v, want it once the demonstration is there", grafana.DependsOn)
	}
	text := readFile(t, composeFile)
	for _, name := range []string{"datasource.yml", "dashboards.yml", "fleet.json"} {
		if !strings.Contains(text, "file: cmd/aion/grafana/"+name) {
			t.Errorf("docker-compose.yml: want cmd/aion/grafana/%s among its configs", name)
		}
	}
}

package main

import (
	"net"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// composeFile is where docker-compose.yml lies.
const composeFile = "../../docker-compose.yml"

// composed is what docker-compose.yml says.
type composed struct {
	Services map[string]service
	Volumes  map[string]any
}

// service is one container of it.
type service struct {
	Image     string
	Build     struct{ Context, Dockerfile string }
	Profiles  []string
	Command   []string
	Ports     []string
	Volumes   []string
	DependsOn map[string]struct{ Condition string } `yaml:"depends_on"`
	Check     struct{ Test []string }               `yaml:"healthcheck"`
	Rest      map[string]any                        `yaml:",inline"`
}

// readCompose reads docker-compose.yml.
func readCompose(t *testing.T) composed {
	t.Helper()
	var c composed
	if err := yaml.Unmarshal([]byte(readFile(t, composeFile)), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// serve is the command line of a service of ours.
func (s *service) serve(t *testing.T) serveCommand {
	t.Helper()
	var c cli
	parse(t, &c, s.Command, nil)
	return c.Serve
}

// TestComposeServices holds every service to what all of them owe: a pinned
// image, a health check, volumes that are declared, ports for this machine alone.
func TestComposeServices(t *testing.T) {
	c := readCompose(t)
	used := map[string]bool{}
	for name, s := range c.Services {
		if s.Build.Dockerfile == "" && !pinned.MatchString(s.Image) {
			t.Errorf("%s: got image %s, want one with an exact version", name, s.Image)
		}
		if len(s.Check.Test) < 2 || s.Rest["restart"] == nil || s.Rest["stop_grace_period"] == nil {
			t.Errorf("%s: want a health check, a restart policy and time to stop", name)
		}
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s: got port %s, want it on 127.0.0.1 alone", name, port)
			}
		}
		for _, v := range s.Volumes {
			volume, _, _ := strings.Cut(v, ":")
			if _, declared := c.Volumes[volume]; !declared {
				t.Errorf("%s: got volume %s, want it declared below volumes", name, volume)
			}
			used[volume] = true
		}
	}
	if len(used) != len(c.Volumes) {
		t.Errorf("got volumes %v of which %v are used, want all of them", c.Volumes, used)
	}
}

// pinned is an image whose tag is a whole version.
var pinned = regexp.MustCompile(`^[a-z/]+:\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?$`)

// TestComposeFlags parses the command lines as the program does and compares
// them with ports, volumes and the Dockerfile.
func TestComposeFlags(t *testing.T) {
	whole(t)
	c, image := readCompose(t), readDockerfile(t)
	final := image[len(image)-1]
	for name, storage := range map[string]string{"aion": "cassandra", "embedded": "pebble"} {
		s := c.Services[name]
		if s.Build.Context != "." || s.Build.Dockerfile != "cmd/aion/Dockerfile" {
			t.Errorf("%s: got build %v, want that of cmd/aion/Dockerfile", name, s.Build)
		}
		got := s.serve(t)
		if got.Storage != storage {
			t.Errorf("%s: got storage %s, want %s", name, got.Storage, storage)
		}
		port, telnet := portOf(t, got.HTTP.Listen), portOf(t, got.Telnet.Listen)
		published := []string{"127.0.0.1:" + port + ":" + port, "127.0.0.1:" + telnet + ":" + telnet}
		if exposed := port + " " + telnet; !slices.Equal(s.Ports, published) || final.one(t, "EXPOSE") != exposed {
			t.Errorf("%s: got ports %v and EXPOSE %s, want %s, where it listens", name, s.Ports, final.one(t, "EXPOSE"), exposed)
		}
		check, err := url.Parse(s.Check.Test[len(s.Check.Test)-1])
		if err != nil || check.Host != "127.0.0.1:"+port || check.Path != "/api/v1/health/check" {
			t.Errorf("%s: got health check %v, want that of port %s", name, s.Check.Test, port)
		}
		folders := []string{got.Data.Dir}
		if storage == "cassandra" {
			folders = []string{got.Cassandra.Spool}
		}
		for _, folder := range folders {
			if _, target, _ := strings.Cut(s.Volumes[0], ":"); path.Dir(folder) != target || !final.owns(t, target) {
				t.Errorf("%s: got folder %s and volume %s, want it in a volume that the image's user owns", name, folder, target)
			}
		}
	}
}

// portOf is the port of an address to listen on.
func portOf(t *testing.T, listen string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// TestComposeCassandra holds Aion and Cassandra to each other.
func TestComposeCassandra(t *testing.T) {
	c := readCompose(t)
	s := c.Services["aion"]
	got := s.serve(t)
	if !slices.Equal(got.Cassandra.Hosts, []address{"cassandra:9042"}) || s.DependsOn["cassandra"].Condition != "service_healthy" {
		t.Errorf("got hosts %v after %v, want cassandra:9042 once it is healthy", got.Cassandra.Hosts, s.DependsOn)
	}
	if len(s.Profiles) != 0 || !slices.Equal(c.Services["embedded"].Profiles, []string{"embedded"}) {
		t.Errorf("got profiles %v and %v, want docker compose up to start Aion on Cassandra alone", s.Profiles, c.Services["embedded"].Profiles)
	}
	if volumes := c.Services["cassandra"].Volumes; !slices.Equal(volumes, []string{"cassandra:/var/lib/cassandra"}) {
		t.Errorf("got volumes %v, want the folder where the image keeps its data", volumes)
	}
}

// TestComposeHealthCheck runs the health check's command where there is a wget.
func TestComposeHealthCheck(t *testing.T) {
	s := start(t, "--storage=memory")
	test := readCompose(t).Services["aion"].Check.Test
	if test[0] != "CMD" {
		t.Fatalf("got %v, want a command without a shell", test)
	}
	shell(t, strings.ReplaceAll(strings.Join(test[1:], " "), "127.0.0.1:8080", s.address))
}

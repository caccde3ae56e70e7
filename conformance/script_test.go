package conformance

import (
	"strings"
	"testing"
	"time"
)

// sample is a small script with everything that the language has.
const sample = `# What it shows
# in two lines.
release 1.2 1.3
extensions on
zone Europe/Paris
metric out

# A comment.
write cpu host=a  0m 1
    10m 2.5
query {"metrics":[{"name":"cpu"}]}
----
cpu host=[a]  0m 1  10m 2.5

request POST /api/v1/datapoints
Content-Type: text/plain
# a body
----
204
`

// TestParse reads a script with all that one may have.
func TestParse(t *testing.T) {
	s, err := Parse("sample", sample)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.About, "What it shows\nin two lines."; got != want {
		t.Errorf("about: got %q, want %q", got, want)
	}
	if got, want := strings.Join(s.Releases, " ")+" "+s.Extensions+" "+s.Zone, "1.2 1.3 on Europe/Paris"; got != want {
		t.Errorf("directives: got %q, want %q", got, want)
	}
	if got, want := strings.Join(s.Metrics, " "), "out cpu"; got != want {
		t.Errorf("metrics: got %q, want %q", got, want)
	}
	if len(s.Cases) != 2 {
		t.Fatalf("cases: got %d, want 2", len(s.Cases))
	}
	if got, want := s.Cases[0].Steps[0].Args, "cpu host=a  0m 1  10m 2.5"; got != want {
		t.Errorf("continued step: got %q, want %q", got, want)
	}
	if got, want := strings.Join(s.Cases[1].Steps[0].Lines, "|"), "Content-Type: text/plain|# a body"; got != want {
		t.Errorf("lines of a request: got %q, want %q", got, want)
	}
	if got := s.Rewritten([]string{s.Cases[0].Want, s.Cases[1].Want}); got != sample {
		t.Errorf("rewritten with the same answers: got %q, want %q", got, sample)
	}
}

// TestParseErrors names line and mistake.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown word", "bogus\n", `x:1: "bogus" is neither a step nor a directive before the first step`},
		{"late directive", "names\n----\n\nzone UTC\n", `x:4: "zone" is neither a step nor a directive before the first step`},
		{"no dashes", "names\n", "x:1: a case without ----"},
		{"blank line", "names\n\n----\n", "x:2: a blank line where steps or ---- belong"},
		{"plan", "provision {\n", "x:1: the plan is not JSON: unexpected end of JSON input"},
		{"plan with organizations", `provision {"organizations":[]}`, `x:1: a plan of a script has keys, users, apps, devices, profiles, not "organizations"`},
		{"plan without ids", "provision {\"devices\":\n  [{\"name\":\"d\"}]}", "x:1: the plan: one of the devices has no id or name"},
		{"two plans", "provision {}\nprovision {}\n", "x:2: a script has one plan"},
		{"unknown list", "makes houses a\n", `x:1: "makes" is neither a step nor a directive before the first step`},
		{"unknown step", "names\nbogus\n----\n", `x:2: unknown step "bogus"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("x", c.text)
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// FuzzParse rewrites what it reads with the same answers.
func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add("names\n----\nnone\n")
	f.Add(provisioned)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse("fuzz", text)
		if err != nil {
			return
		}
		answers := make([]string, len(s.Cases))
		for i := range s.Cases {
			answers[i] = s.Cases[i].Want
		}
		if got := strings.TrimSuffix(s.Rewritten(answers), "\n"); got != strings.TrimSuffix(text, "\n") {
			t.Errorf("got %q, want %q", got, text)
		}
	})
}

// TestTimes reads times in each form and prints them back.
func TestTimes(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		loc  *time.Location
		ms   int64
		form string
	}{
		{"0m", time.UTC, 0, "0m"},
		{"10m", time.UTC, 600_000, "10m"},
		{"90s", time.UTC, 90_000, "90s"},
		{"60m", time.UTC, 3_600_000, "1h"},
		{"-5ms", time.UTC, -5, "-5ms"},
		{"1500", time.UTC, 1500, "1500ms"},
		{"2014-03-30T03:30", paris, 1396143000000, "2014-03-30T03:30+02:00"},
		{"2014-01-31", time.UTC, 1391126400000, "2014-01-31T00:00Z"},
		{"2014-01-31T00:00:30.5Z", time.UTC, 1391126430500, "2014-01-31T00:00:30.5Z"},
	} {
		t.Run(c.text, func(t *testing.T) {
			ms, err := parseTime(c.text, c.loc)
			if err != nil || ms != c.ms {
				t.Errorf("parse: got %d, %v, want %d", ms, err, c.ms)
			}
			if got := formatTime(c.ms, c.loc); got != c.form {
				t.Errorf("format: got %s, want %s", got, c.form)
			}
		})
	}
}

// TestParseWrite makes bodies of write steps.
func TestParseWrite(t *testing.T) {
	for _, c := range []struct{ name, args, want string }{
		{"plain", "cpu host=a  0m 1  10m 2.5", `[{"name":"cpu","tags":{"host":"a"},"datapoints":[[0,1],[600000,2.5]]}]`},
		{"options", `cpu host=a :type=string :ttl=60  1s "x y"`, `[{"name":"cpu","tags":{"host":"a"},"datapoints":[[1000,"x y"]],"ttl":60,"type":"string"}]`},
		{"many points", "cpu host=a  0m..25m/10m 1  1h 2", `[{"name":"cpu","tags":{"host":"a"},"datapoints":[[0,1],[600000,1],[1200000,1],[3600000,2]]}]`},
		{"no points", "cpu host=a", `[{"name":"cpu","tags":{"host":"a"},"datapoints":[]}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			// The options stand in the order in which they were given.
			got, err := parseWrite(c.args, time.UTC)
			if err != nil || !sameJSON([]byte(got), []byte(c.want)) {
				t.Errorf("got %s, %v, want %s", got, err, c.want)
			}
		})
	}
	for _, args := range []string{"cpu", "cpu  0m 1", "cpu host=a  0m", "cpu host=a  soon 1",
		"m k=v  5..1/1 1", "m k=v  0..9/0 1", "m k=v  0..9 1", "m k=v  0..1000000/1 1", "m k=v  0..x/1 1"} {
		if got, err := parseWrite(args, time.UTC); err == nil {
			t.Errorf("%q: got %s, want an error", args, got)
		}
	}
}

// TestScriptsAreWhole holds the embedded scripts to what a script must say.
func TestScriptsAreWhole(t *testing.T) {
	scripts, err := Scripts()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scripts {
		if s.About == "" || len(s.Cases) == 0 {
			t.Errorf("%s: a script says what it is about and has cases", s.Name)
		}
	}
	differences, err := Differences()
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]bool{}
	for _, d := range differences {
		if numbers[d.Number] {
			t.Errorf("difference %s stands twice", d.Number)
		}
		numbers[d.Number] = true
	}
}

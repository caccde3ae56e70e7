package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/storage/pebble"
)

// TestRetentionSetting gives rules in every place that a setting may have.
func TestRetentionSetting(t *testing.T) {
	want := []pebble.Rule{{Prefix: "sensors.", Keep: 90 * 24 * time.Hour}, {Prefix: "a=b", Keep: time.Hour}, {Keep: 0}}
	for name, from := range map[string]struct {
		args      []string
		variables map[string]string
	}{
		"flags":       {[]string{"--retention=sensors.=90d", "--retention", "a=b=1h", "--retention==0s"}, nil},
		"environment": {nil, map[string]string{"AION_RETENTION": "sensors.=90d,a=b=1h,=0s"}},
		"file":        {[]string{"--config", settingsFile(t, "retention: [sensors.=90d, a=b=1h, =0s]\n")}, nil},
	} {
		var got cli
		parse(t, &got, append([]string{"serve"}, from.args...), from.variables)
		if rules, err := got.Serve.rules(); err != nil || !slices.Equal(rules, want) {
			t.Errorf("%s: got %v, %v, want %v", name, rules, err, want)
		}
	}
}

// TestRetentionMistakes: a mistake is one line that says what is allowed.
func TestRetentionMistakes(t *testing.T) {
	whole(t)
	for _, c := range []struct{ args, want string }{
		{"--retention=90d", `--retention: got "90d", want PREFIX=AGE such as sensors.=90d`},
		{"--retention=a=-5s", `--retention: got "a=-5s", want PREFIX=AGE such as sensors.=90d`},
		{"--retention=a=1d --retention=a=2d", `--retention: there are two rules for metrics that begin with "a", want one`},
		{"--retention=a=1d --retention=a=2d --storage=memory", `--retention: there are two rules for metrics that begin with "a", want one`},
	} {
		if code, _, errs := command(t, append([]string{"serve"}, strings.Fields(c.args)...)...); code != exitUsage || errs != "aion: "+c.want+"\n" {
			t.Errorf("%s: got %d %s want %s", c.args, code, errs, c.want)
		}
	}
}

// TestRetentionServed asks a server with rules for points on both sides of their
// ages.
func TestRetentionServed(t *testing.T) {
	s := start(t, "--data.dir="+t.TempDir(), "--retention=short.=1h")
	defer s.stop()
	now := time.Now().UnixMilli()
	old := now - 2*time.Hour.Milliseconds()
	for _, metric := range []string{"short.a", "long"} {
		body := fmt.Sprintf(`[{"name":%q,"tags":{"h":"a"},"datapoints":[[%d,1],[%d,2]]}]`, metric, old, now)
		if code, text := s.ask(t, "POST", "/api/v1/datapoints", body); code != 204 {
			t.Fatalf("got %d %s, want 204", code, text)
		}
	}
	for metric, want := range map[string]string{"short.a": fmt.Sprintf("[[%d,2]]", now), "long": fmt.Sprintf("[[%d,1],[%d,2]]", old, now)} {
		code, text := s.ask(t, "POST", "/api/v1/datapoints/query", fmt.Sprintf(`{"start_absolute":0,"metrics":[{"name":%q}]}`, metric))
		if code != 200 || !strings.Contains(text, `"values":`+want) {
			t.Errorf("%s: got %d %s, want the values %s", metric, code, text, want)
		}
	}
}

package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMistakesAreOneLineAndExitTwo makes the mistakes that one can make in
// settings.
func TestMistakesAreOneLineAndExitTwo(t *testing.T) {
	whole(t)
	tests := []struct {
		name string
		args string
		env  map[string]string
		file string
		want string // the one line, without its end
	}{
		{name: "no command", args: "", want: `aion: expected one of "serve", "bench", "verify", "backup", "restore", ...`},
		{name: "unknown command", args: "sreve", want: `aion: unexpected argument sreve, did you mean "serve"?`},
		{name: "unknown flag", args: "serve --query.max-pionts=1", want: `aion: unknown flag --query.max-pionts, did you mean "--query.max-points"?`},
		{name: "not offered", args: "serve --storage=mysql", want: `aion: --storage must be one of "pebble","cassandra","memory" but got "mysql"`},
		{name: "number", args: "serve --query.max-points=many", want: `aion: --query.max-points: got "many", want a whole number that is not negative`},
		{name: "negative", args: "serve --query.max-points=-1", want: `aion: --query.max-points: got "-1", want a whole number that is not negative`},
		{name: "size", args: "serve --http.max-body=5XB", want: `aion: --http.max-body: got "5XB", want bytes such as 65536, 64KiB, 16MiB or 1GiB`},
		{name: "size out of range", args: "serve --http.max-body=9999999999TiB", want: `aion: --http.max-body: got "9999999999TiB", want bytes such as 65536, 64KiB, 16MiB or 1GiB`},
		{name: "time", args: "serve --query.timeout=-1s", want: `aion: --query.timeout: got "-1s", want a time such as 500ms, 10s, 1h30m or 90d`},
		{name: "release", args: "serve --kairosdb.release=1.4", want: `aion: --kairosdb.release must be one of "1.2","1.3","develop" but got "1.4"`},
		{name: "zone", args: "serve --time.zone=Mars/Olympus", want: `aion: --time.zone: got "Mars/Olympus", want a time zone such as UTC, Europe/Berlin or +02:00`},
		{name: "server type", args: "serve --kairosdb.server-type=INGST", want: `aion: --kairosdb.server-type: got "INGST", want ALL, or some of INGEST, QUERY and DELETE with commas between`},
		{name: "address", args: "serve --http.listen=8080", want: `aion: --http.listen: got "8080", want HOST:PORT such as 127.0.0.1:8080`},
		{name: "telnet address", args: "serve --telnet.listen=4242", want: `aion: --telnet.listen: got "4242", want HOST:PORT such as 127.0.0.1:4242, or nothing`},
		{name: "telnet open to others", args: "serve --telnet.listen=:4242", want: `aion: --telnet.listen: got ":4242", which others can reach without credentials; want a loopback address, --telnet.trusted, or --auth.mode=off`},
		{name: "carbon address", args: "serve --carbon.pickle-listen=:2004", want: `aion: --carbon.pickle-listen: got ":2004", which others can reach without credentials; want a loopback address, --carbon.trusted, or --auth.mode=off`},
		{name: "carbon pattern", args: "serve --carbon.host-pattern=(", want: "aion: --carbon.host-pattern, --carbon.metric-pattern: host pattern: error parsing regexp: missing closing ): `^(?:()$`"},
		{name: "remote write pattern", args: "serve --remote-write.drop-labels=(", want: "aion: --remote-write.drop-labels: error parsing regexp: missing closing ): `^(?:()$`"},
		{name: "telnet trust", args: "serve --telnet.listen=:4242 --telnet.trusted=10.0.0.1", want: `aion: --telnet.trusted: got "10.0.0.1", want a network such as 10.0.0.0/8 or fd00::/8`},
		{name: "certificate without key", args: "serve --http.tls-cert=c.pem", want: `aion: --http.tls-cert: got "c.pem" without a key; want --http.tls-key, too`},
		{name: "key without certificate", args: "serve --http.tls-key=k.pem", want: `aion: --http.tls-key: got "k.pem" without a certificate; want --http.tls-cert, too`},
		{name: "no certificate", args: "serve --http.tls-cert=absent.pem --http.tls-key=absent.pem", want: `aion: --http.tls-cert: stat absent.pem: no such file or directory`},
		{name: "trusted proxies", args: "serve --http.trusted-proxies=10.0.0.1", want: `aion: --http.trusted-proxies: got "10.0.0.1", want a network such as 10.0.0.0/8 or fd00::/8`},
		{name: "claims", args: "serve --auth.claims=roles=groups", want: `aion: --auth.claims: got "roles=groups", want NAME=CLAIM with a name, each once, of sub, org, scope, role, context`},
		{name: "address of keys", args: "serve --auth.jwks-url=issuer.example", want: `aion: --auth.jwks-url: got "issuer.example", want an address such as https://issuer.example/keys`},
		{name: "anybody's tokens", args: "serve --auth.jwks-url=https://issuer.example/keys", want: `aion: --auth.jwks-url, --auth.jwks-file: an issuer signs for others, too; want --auth.audience, --auth.issuer or both`},
		{name: "anybody's tokens in a file", args: "serve --auth.jwks-file=keys.json", want: `aion: --auth.jwks-url, --auth.jwks-file: an issuer signs for others, too; want --auth.audience, --auth.issuer or both`},
		{name: "no secret of tokens", args: "serve --auth.jwt-secret-file=absent", want: `aion: --auth.jwt-secret-file: open absent: no such file or directory`},
		{name: "short secret of tokens", args: "serve --auth.jwt-secret-file=config_test.go", want: `aion: --auth.jwt-secret-file: config_test.go: got 12 bytes, want 32 and more`},
		{name: "user without password", args: "serve --kairosdb.basic-user=ann", want: `aion: --kairosdb.basic-user: got "ann" without a password; want --kairosdb.basic-password-file, too`},
		{name: "password without user", args: "serve --kairosdb.basic-password-file=x", want: `aion: --kairosdb.basic-password-file: there is nobody to log in; want --kairosdb.basic-user, too`},
		{name: "user whom nobody asks", args: "serve --kairosdb.basic-user=ann --kairosdb.basic-password-file=config_test.go --auth.mode=off", want: `aion: --kairosdb.basic-user: got "ann", but with --auth.mode=off nobody is asked; want auto or required`},
		{name: "one tag for two", args: "serve --device.tag=organization", want: `aion: --organization.tag, --device.tag: got "organization" and "organization", want two tags`},
		{name: "environment", args: "serve", env: map[string]string{"AION_LOG_LEVEL": "loud"}, want: `aion: --log.level must be one of "debug","info","warn","error" but got "loud"`},
		{name: "no file", args: "serve --config=absent.yaml", want: `aion: --config: open absent.yaml: no such file or directory`},
		{name: "unknown key", file: "query:\n  max-pionts: 5\n", want: `aion: --config: FILE: line 2: "query.max-pionts" is not a setting; aion serve --help lists them`},
		{name: "key twice", file: "query.max-points: 1\nquery:\n  max-points: 2\n", want: `aion: --config: FILE: line 3: query.max-points is set twice`},
		{name: "section as value", file: "query: 5\n", want: `aion: --config: FILE: line 1: "query" is not a setting; aion serve --help lists them`},
		{name: "section within a value", file: "data:\n  dir:\n    a: b\n", want: `aion: --config: FILE: line 3: data.dir: want one value or a list of values`},
		{name: "document within itself", file: "query: &q\n  max-points: *q\n", want: `aion: --config: FILE: line 1: query.max-points: want one value or a list of values`},
		{name: "section that is none", file: "a: &x\n  a: *x\n", want: `aion: --config: FILE: line 1: "a" is not a setting; aion serve --help lists them`},
		{name: "bad value in file", file: "query:\n  max-memory: lots\n", want: `aion: --query.max-memory: got "lots", want bytes such as 65536, 64KiB, 16MiB or 1GiB`},
		{name: "hardly any memory", args: "serve --query.max-memory=100KiB", want: `aion: --query.max-memory: got "100KiB", want 128KiB or more, which one series takes, or 0 for any`},
		{name: "not YAML", file: "a: [\n", want: `aion: --config: FILE: yaml: line 1: did not find expected node content`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args, want := strings.Fields(tt.args), tt.want
			if tt.file != "" {
				path := settingsFile(t, tt.file)
				args, want = []string{"serve", "--config", path}, strings.ReplaceAll(want, "FILE", path)
			}
			var out, errs bytes.Buffer
			code := run(t.Context(), args, env(tt.env), &out, &errs)
			if code != 2 || errs.String() != want+"\n" || out.Len() != 0 {
				t.Errorf("got  %d %swant 2 %s\nand nothing on stdout: %q", code, &errs, want, &out)
			}
		})
	}
}

// TestPrecedence gives settings in several places at once.
func TestPrecedence(t *testing.T) {
	const file = "http.listen: 127.0.0.1:1\ndata:\n  dir: from-file\nstorage: memory\nstorage.ttl: 30d\n" +
		"kairosdb: {release: develop, hidden-prefixes: [a, b], extensions: false, regex-prefix: ''}\n"
	variables := map[string]string{"AION_HTTP_LISTEN": "127.0.0.1:2", "AION_QUERY_MAX_MEMORY": "5MiB", "AION_DATA_DIR": "from-env"}
	var got cli
	parse(t, &got, []string{"serve", "--config", settingsFile(t, file), "--http.listen=127.0.0.1:3"}, variables)
	tests := []struct {
		setting   string
		got, want any
	}{
		{"flag over all", got.Serve.HTTP.Listen, "127.0.0.1:3"},
		{"environment over file", got.Serve.Data.Dir, "from-env"},
		{"environment", got.Serve.Query.MaxMemory.String(), "5MiB"},
		{"file", got.Serve.Storage, "memory"},
		{"dotted key", got.Serve.Expiry.TTL.String(), "720h"},
		{"nested key", got.Serve.KairosDB.Release, "develop"},
		{"list", strings.Join(got.Serve.KairosDB.HiddenPrefixes, "|"), "a|b"},
		{"switch", got.Serve.KairosDB.Extensions, false},
		{"empty", got.Serve.KairosDB.RegexPrefix, ""},
		{"default", got.Serve.Shutdown.Grace.String(), "10s"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.setting, tt.got, tt.want)
		}
	}
}

// TestConfigFileFromEnvironment names the file itself by a variable.
func TestConfigFileFromEnvironment(t *testing.T) {
	var got cli
	parse(t, &got, []string{"serve"}, map[string]string{"AION_CONFIG": settingsFile(t, "log.level: debug\n")})
	if got.Serve.Log.Level != "debug" {
		t.Errorf("got log.level %s, want debug", got.Serve.Log.Level)
	}
}

// TestHelpGoesToStdout asks every command for help.
func TestHelpGoesToStdout(t *testing.T) {
	whole(t)
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"bench", "--help"}, {"verify", "--help"}, {"backup", "--help"}, {"restore", "--help"}, {"version", "--help"}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, env(nil), &out, &errs); code != 0 || errs.Len() != 0 || !strings.Contains(out.String(), "Usage: aion") {
			t.Errorf("%v: got %d, %q, %q, want 0 and help on stdout", args, code, &out, &errs)
		}
	}
}

// TestVersion prints one line.
func TestVersion(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"version"}, env(nil), &out, &errs); code != 0 || !strings.HasPrefix(out.String(), "aion ") {
		t.Errorf("got %d, %q, %q, want 0 and one line", code, &out, &errs)
	}
}

// TestCommandsRun finds that whatever kong lets a line end with can be run.
func TestCommandsRun(t *testing.T) {
	parser, err := newParser(new(cli), &settings{getenv: env(nil)}, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range parser.Model.Leaves(false) {
		if _, ok := node.Target.Addr().Interface().(runner); !ok {
			t.Errorf("%s has no Run(context.Context, *streams) error", node.FullPath())
		}
	}
}

// parse reads a command line into a cli, which must be right.
func parse(t testing.TB, into *cli, args []string, variables map[string]string) {
	t.Helper()
	from := &settings{getenv: env(variables)}
	parser, err := newParser(into, from, os.Stdout, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseLine(parser, from, args); err != nil {
		t.Fatal(err)
	}
}

// env is an environment of just these variables.
func env(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

// settingsFile writes a file of settings and answers its path.
func settingsFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "aion.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

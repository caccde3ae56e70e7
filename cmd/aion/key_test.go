package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aion/api/access"
)

// decodedAs reads what a command has printed.
func decodedAs[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// keyed runs a command that must succeed, and answers what it prints.
func keyed(t *testing.T, args ...string) (out, errs string) {
	t.Helper()
	code, out, errs := command(t, args...)
	if code != exitWell {
		t.Fatalf("%v: got %d %s", args, code, errs)
	}
	return out, errs
}

// TestKeyCommands: a key's life by commands, with a server on the folder and
// without one.
func TestKeyCommands(t *testing.T) {
	whole(t)
	for _, running := range []bool{false, true} {
		dir := "--data.dir=" + t.TempDir()
		if running {
			start(t, dir, "--auth.mode=required")
		}
		out, errs := keyed(t, "key", "create", dir, "--name", "partner", "--organization", "acme", "--scope", "device:read-data",
			"--context", "device:d1,d2", "--rate-limit", "60", "--expires", "2999-01-01", "--json")
		made := decodedAs[map[string]any](t, out)
		want := map[string]any{
			"name": "partner", "organization": "acme", "ownerId": "", "role": "member", "scope": []any{"device:read-data"},
			"context":   map[string]any{"type": "device", "ids": []any{"d1", "d2"}},
			"rateLimit": 60.0, "lastUsed": nil, "expires": "2999-01-01T00:00:00Z", "revoked": nil,
		}
		for name, value := range want {
			if got, _ := json.Marshal(made[name]); string(got) != string(must(json.Marshal(value))) {
				t.Errorf("%s: got %s, want %v", name, got, value)
			}
		}
		if !strings.Contains(errs, "the organization acme is new") {
			t.Errorf("got %q, want a word about the organization", errs)
		}
		id, secret := made["id"].(string), made["secret"].(string)
		out, _ = keyed(t, "key", "show", dir, id)
		if !strings.Contains(out, "device:d1,d2") || strings.Contains(out, secret) {
			t.Errorf("got %s, want the key without its secret", out)
		}
		if out, _ = keyed(t, "key", "list", dir, "--organization", "acme"); !strings.Contains(out, id) || strings.Contains(out, secret) {
			t.Errorf("got %s, want the key without its secret", out)
		}
		out, _ = keyed(t, "key", "rotate", dir, id, "--json")
		if again := decodedAs[access.KeyRecord](t, out); again.ID != id || again.Secret == secret || len(again.Secret) != 32 {
			t.Errorf("got %+v, want another secret", again)
		}
		out, _ = keyed(t, "key", "revoke", dir, id, "--json")
		if again := decodedAs[access.KeyRecord](t, out); again.Revoked == nil {
			t.Errorf("got %+v, want it revoked", again)
		}
		if code, _, errs := command(t, "key", "show", dir, "_key_1"); code != exitFailed || errs != "aion: there is no key \"_key_1\"\n" {
			t.Errorf("got %d %q, want 1 and that there is none", code, errs)
		}
	}
}

// must is a value whose making cannot fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestKeyCommandMistakes: a mistake is one line and exit code 2.
func TestKeyCommandMistakes(t *testing.T) {
	whole(t)
	dir := "--data.dir=" + t.TempDir()
	for _, tt := range []struct{ args, want string }{
		{"key create --context devices:d1", `aion: --context: got "devices:d1", want device: or app: and ids with commas between, such as device:d1,d2, or account`},
		{"key create --context device", `aion: --context: got "device", want`},
		{"key create --rate-limit 0", "aion: --rate-limit: got 0"},
		{"key create --rate-limit=-2", "aion: rateLimit: got -2"},
		{"key create --role king", "aion: --role must be one of"},
		{"key create --expires 1999-01-01", "aion: expires: got 1999-01-01T00:00:00Z, which is past"},
		{"key create --expires soon", `aion: --expires: got "soon", want a time`},
		{"user create a:b --password-file=key_test.go", `aion: name: got "a:b", want it without`},
		{"user create ann --password-file=absent", "aion: --password-file: open absent"},
	} {
		code, out, errs := command(t, append(strings.Fields(tt.args), dir)...)
		if code != exitUsage || !strings.HasPrefix(errs, tt.want) || strings.Count(errs, "\n") != 1 || out != "" {
			t.Errorf("%s: got %d %q %q, want 2 and %q", tt.args, code, out, errs, tt.want)
		}
	}
}

// TestKeyImport: ids and secrets that devices hold are taken over, all or none,
// and what is wrong is told with its line.
func TestKeyImport(t *testing.T) {
	whole(t)
	folder := t.TempDir()
	s := start(t, "--data.dir="+folder, "--auth.mode=required")
	for _, tt := range []struct {
		name, text string
		code       int
		want       string
	}{
		{"keys.csv", "id,secret,context,scope\ndev-1,secret-one,device:d1 d2,device:read-data device:write-data\n\"dev-2\",secret-two,,\n", 0, "2 keys taken over, 0 were there already\n"},
		{"keys.csv", "id,secret\ndev-2,secret-too\n\ndev-3,short\ndev-3,secret\x01three\n", 2,
			"aion: line 2: there is a key \"dev-2\" already; line 4: secret: want 8 to 256 bytes of text without control characters; line 5: secret: want 8"},
		{"keys.csv", "id,secrets\n", 2, `FILE: line 1: got the heading "secrets"`},
		{"keys.csv", "id,secret\ndev-9\n", 2, `FILE: record on line 2: wrong number of fields`},
		{"keys.json", "{\"id\": \"dev-4\", \"secret\": \"secret-four\"}\n\n{\"id\": \"dev-5\"}\n", 2, "FILE: line 3: want an id and a secret"},
		{"keys.json", "{\"id\": \"dev-4\", \"secret\": \"secret-four\"}\n{\"id\": \"dev-5\", \"color\": 1}\n", 2, `FILE: line 2: unknown field "color"`},
		{"keys.json", "[{\"id\": \"dev-4\", \"secret\": \"secret-four\"},\n {\"id\": \"dev-4\", \"secret\": \"secret-five\"}]\n", 2, `aion: line 2: id: "dev-4" is that of line 1, too`},
		{"keys.json", "[{\"id\": \"dev-4\", \"secret\": \"secret-four\", \"context\": {\"type\": \"device\", \"ids\": [\"d4\"]}}]", 0, "1 keys taken over, 0 were there already\n"},
		{"keys.json", "{\"id\": \"dev-4\", \"secret\": \"secret-four\", \"context\": {\"type\": \"device\", \"ids\": [\"d4\"]}}", 0, "0 keys taken over, 1 were there already\n"},
		{"keys.json", "{\"id\": \"dev-7\", \"secret\": \"secret-seven\", \"expires\": \"2999-01-01\"}", 0, "1 keys taken over, 0 were there already\n"},
		{"keys.json", "{\"id\": \"dev-8\", \"secret\": \"secret-eight\", \"expires\": \"soon\"}", 2, `FILE: line 1: expires: got "soon", want a time`},
		{"keys.json", "{\"id\": \"dev-6\", \"secret\": \"secret-six-of-six\", \"scope\": []}", 0, "1 keys taken over, 0 were there already\n"},
	} {
		file := filepath.Join(t.TempDir(), tt.name)
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := command(t, "key", "import", "--data.dir="+folder, file)
		if code != tt.code || !strings.Contains(strings.ReplaceAll(out+errs, file, "FILE"), tt.want) || strings.Contains(errs, "secret-") {
			t.Errorf("%q: got %d %s%s, want %d %s", tt.text, code, out, errs, tt.code, tt.want)
		}
	}
	for id, secret := range map[string]string{"dev-1": "secret-one", "dev-4": "secret-four"} {
		if status, body := s.as(t, id, secret, "GET", "/api/v1/metricnames", ""); status != 200 {
			t.Errorf("%s: got %d %s, want 200", id, status, body)
		}
	}
	if status, body := s.as(t, "dev-6", "secret-six-of-six", "GET", "/api/v1/metricnames", ""); status != 403 {
		t.Errorf("without scopes: got %d %s, want 403", status, body)
	}
	if out, _ := keyed(t, "key", "show", "--data.dir="+folder, "dev-6"); !strings.Contains(out, "scope         none") {
		t.Errorf("got %s, want that it has no scopes", out)
	}
}

// TestUserCommands: a user's life by commands.
func TestUserCommands(t *testing.T) {
	whole(t)
	folder, file := t.TempDir(), filepath.Join(t.TempDir(), "password")
	dir := "--data.dir=" + folder
	s := start(t, dir, "--auth.mode=required")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text+"\r\nnot this\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	login := func(password string, want int) {
		t.Helper()
		if status, body := s.as(t, "ann", password, "GET", "/api/v1/metricnames", ""); status != want {
			t.Errorf("got %d %s, want %d", status, body, want)
		}
	}
	write("correct horse")
	out, _ := keyed(t, "user", "create", dir, "ann", "--role=viewer", "--password-file", file, "--json")
	if r := decodedAs[access.UserRecord](t, out); r.Name != "ann" || r.Role != access.Viewer || r.Password != "" {
		t.Errorf("got %+v, want ann without a password", r)
	}
	login("correct horse", 200)
	write("battery staple")
	keyed(t, "user", "passwd", dir, "ann", "--password-file", file)
	login("correct horse", 401)
	login("battery staple", 200)
	if out, _ := keyed(t, "user", "list", dir); !strings.Contains(out, "ann") || strings.Contains(out, "argon2") {
		t.Errorf("got %s, want ann", out)
	}
	keyed(t, "user", "delete", dir, "ann")
	login("battery staple", 401)
	write("abc")
	if code, _, errs := command(t, "user", "create", dir, "bob", "--password-file", file); code != exitUsage || !strings.Contains(errs, "password: want 4 to 256 bytes") || strings.Contains(errs, "abc") {
		t.Errorf("got %d %s, want it refused without the password", code, errs)
	}
}

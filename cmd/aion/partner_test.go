package main

import (
	"os"
	"testing"

	"aion/api/access"
)

// partner is the key that the first start of a server on a folder has printed, and
// one that an operator makes by command for somebody else.
func (s *server) partner(t *testing.T, data string, args ...string) (first, key access.KeyRecord) {
	t.Helper()
	printed := firstKey.FindStringSubmatch(s.stdout())
	if printed == nil {
		t.Fatalf("got %s, want the first key", s.stdout())
	}
	first.ID, first.Secret = printed[1], printed[2]
	out, _ := keyed(t, append([]string{"key", "create", data, "--name=partner", "--json"}, args...)...)
	return first, decodedAs[access.KeyRecord](t, out)
}

// mustBe posts with a key, wants a status and answers the body.
func (s *server) mustBe(t *testing.T, status int, key access.KeyRecord, path, body string) string {
	t.Helper()
	got, answer := s.as(t, key.ID, key.Secret, "POST", path, body)
	if got != status {
		t.Fatalf("%s: got %d %s, want %d", path, got, answer, status)
	}
	return answer
}

// likeFile compares what a program has printed with a file.
func likeFile(t *testing.T, file, got string) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

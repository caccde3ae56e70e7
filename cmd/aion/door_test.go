package main

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"aion/api/access"
	"aion/query/rollup"
	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// TestTelnetWithKeys: a first line gives a connection the rights of a key, and it
// ends when the key is revoked.
func TestTelnetWithKeys(t *testing.T) {
	s := start(t, "--storage=memory", "--auth.mode=required", "--telnet.listen=127.0.0.1:0", "--kairosdb.version-text=KairosDB 5")
	first := firstKey.FindStringSubmatch(s.stdout())
	if first == nil {
		t.Fatalf("got %q, want a key", s.stdout())
	}
	status, body := s.as(t, first[1], first[2], "POST", "/api/admin/v1/keys", `{"name":"sender","context":{"type":"device","ids":["d1"]}}`)
	var key struct{ ID, Secret string }
	if err := json.Unmarshal([]byte(body), &key); err != nil || status != 201 {
		t.Fatalf("got %d %s %v, want a key", status, body, err)
	}
	c, err := net.Dial("tcp", s.telnet(t))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answer := make([]byte, len("KairosDB 5\n"))
	if _, err := io.WriteString(c, "auth "+key.ID+" "+key.Secret+"\nputm m 1 7 device=d1\nputm m 1 8 device=d2\nversion\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, answer); err != nil || string(answer) != "KairosDB 5\n" {
		t.Fatalf("got %q %v, want the version", answer, err)
	}
	if _, got := s.as(t, first[1], first[2], "GET", "/api/v1/tagvalues", ""); !strings.Contains(got, `"d1"`) || strings.Contains(got, `"d2"`) {
		t.Errorf("got %s, want what the key may write alone", got)
	}
	if status, body := s.as(t, first[1], first[2], "POST", "/api/admin/v1/keys/"+key.ID+"/revoke", ""); status != 200 {
		t.Fatalf("revoke: got %d %s", status, body)
	}
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(answer); n != 0 || errors.Is(err, net.ErrClosed) || err == nil {
		t.Errorf("got %d bytes and %v, want the end", n, err)
	}
	if got := converse(t, s.telnet(t), "auth "+key.ID+" "+key.Secret+"\n"); got != "auth failed\n" {
		t.Errorf("got %q, want the revoked key refused", got)
	}
	if log := s.log.text(); strings.Contains(log, key.Secret) {
		t.Error("the log has the secret")
	}
}

// TestOwnersOfRollups: a task may what its owner may at the time, and nothing when
// that is over.
func TestOwnersOfRollups(t *testing.T) {
	e := newEstate(t, requiring(t), memory.New(memory.Config{}))
	bounds, ctx := taskBounds(e.guard, e.store), access.With(t.Context(), access.Everyone())
	devices := func(o rollup.Owner) string {
		may, err := bounds(t.Context(), o)
		if err != nil {
			return err.Error()
		}
		var all []string
		for v, err := range may.Store.TagValues(t.Context(), "device", storage.Selection{}) {
			e.must(err)
			all = append(all, v)
		}
		return strings.Join(all, " ")
	}
	ours := homeApp + " " + homeD1 + " " + homeD2
	key := e.secrets["device"].ID
	for _, c := range []struct {
		name  string
		owner rollup.Owner
		want  string
	}{
		{"nobody", rollup.Owner{}, ours},
		{"the first organization", rollup.Owner{Organization: "home"}, ours},
		{"another", rollup.Owner{Organization: "acme"}, acmeG1 + " " + acmeG2},
		{"root", rollup.Owner{All: true}, acmeG1 + " " + acmeG2 + " " + ours},
		{"a key", rollup.Owner{Organization: "home", Kind: "key", ID: key}, homeD1},
		{"a key that only reads", rollup.Owner{Organization: "home", Kind: "key", ID: e.secrets["reader"].ID}, "the scope device:write-data is required"},
		{"a revoked key", rollup.Owner{Kind: "key", ID: e.secrets["revoked"].ID}, "the key " + e.secrets["revoked"].ID + " is not valid any more"},
		{"no key", rollup.Owner{Kind: "key", ID: "none"}, "the key none is not valid any more"},
	} {
		if got := devices(c.owner); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	_, err := e.guard.Keys.Revoke(ctx, key)
	e.must(err)
	if got := devices(rollup.Owner{Kind: "key", ID: key}); !strings.Contains(got, "not valid any more") {
		t.Errorf("after the revocation: got %s, want nothing", got)
	}
	may, err := bounds(t.Context(), rollup.Owner{Organization: "acme"})
	e.must(err)
	var b storage.Batch
	var block points.Block
	block.AppendInt(1, 1)
	b.Put(points.Key{Metric: "m", Tags: points.TagsOf(tagsOf(homeD1)), Type: points.TypeLong}, block, 0)
	if err := may.Store.Write(t.Context(), &b); !errors.Is(err, points.ErrForbidden) {
		t.Errorf("a task of acme's writes elsewhere: got %v", err)
	}
}

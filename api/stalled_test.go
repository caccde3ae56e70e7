package api_test

import (
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/storage/memory"
)

// flood is a handler that sends without end and asks nobody whether it may go on.
// It notes when its last write began.
type flood struct{ begun atomic.Int64 }

// handle sends.
func (f *flood) handle(c echo.Context) error {
	line := []byte(strings.Repeat("x", 64<<10))
	for {
		f.begun.Store(time.Now().UnixNano())
		if _, err := c.Response().Write(line); err != nil {
			return err
		}
	}
}

// stuck tells whether a write has been under way for a while.
func (f *flood) stuck() bool {
	begun := f.begun.Load()
	return begun != 0 && time.Since(time.Unix(0, begun)) > 200*time.Millisecond
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within half a minute: %s", what)
		}
	}
}

// TestRevokedWhileNobodyReads: the answer to a key that is revoked ends although
// its client reads nothing, so that no write ends.
func TestRevokedWhileNobodyReads(t *testing.T) {
	f, log := new(flood), new(locked)
	guard, address := serving(t, memory.New(memory.Config{}), log, plain{"/p/flood": f.handle})
	ctx := access.With(t.Context(), access.Everyone())
	key, err := guard.Keys.Create(ctx, access.KeyRecord{})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	shown := base64.StdEncoding.EncodeToString([]byte(key.ID + ":" + key.Secret))
	if _, err := fmt.Fprintf(conn, "GET /p/flood HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\n\r\n", shown); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the write waits for the client", f.stuck)
	if _, err := guard.Keys.Revoke(ctx, key.ID); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the request ends as refused", func() bool { return strings.Contains(log.String(), "path=/p/flood status=401") })
	if !strings.Contains(log.String(), "cut=true") {
		t.Errorf("got %s, want the answer cut", log)
	}
}

package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// TestOrganizationDeleteEndsWrites: what somebody of an organization goes on writing
// while it is deleted is deleted, too.
func TestOrganizationDeleteEndsWrites(t *testing.T) {
	g := guarding(t, "--storage=memory", "--telnet.listen=127.0.0.1:0")
	g.admin(t, "POST", "/organizations", `{"id":"home"}`)
	g.admin(t, "POST", "/organizations", `{"id":"acme"}`)
	key := g.key(t, `{"organization":"acme"}`)
	c, err := net.Dial("tcp", g.telnet(t))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "auth "+key.ID+" "+key.Secret+"\n"); err != nil {
		t.Fatal(err)
	}
	begun, written, read := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(io.Discard, c) // until the server ends the connection
	}()
	go func() {
		defer close(written)
		for i := 0; err == nil; i++ {
			if i == 100 {
				close(begun)
			}
			_, err = io.WriteString(c, strings.Repeat(fmt.Sprintf("putm m %d 1 organization=acme\n", i), 10))
		}
	}()
	<-begun
	g.admin(t, "DELETE", "/organizations/acme?data=true", "")
	<-read
	<-written
	g.admin(t, "POST", "/organizations", `{"id":"acme"}`)
	if status, text := g.as(t, g.id, g.secret, "DELETE", "/api/admin/v1/organizations/acme", ""); status != 200 {
		t.Errorf("got %d %s, want nothing left", status, text)
	}
}

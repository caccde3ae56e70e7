package access_test

import (
	"errors"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"aion/api/access"
)

// denied is the status with which somebody is not let in; 0: he is.
func denied(err error) int {
	var d *access.DeniedError
	if errors.As(err, &d) {
		return d.Status
	}
	return 0
}

// TestSession: a login is good until it ends, and as long as the user is there with
// the password.
func TestSession(t *testing.T) {
	w := open(t)
	ctx := operator(t)
	for _, name := range []string{"ann", "bob"} {
		if _, err := w.Users.Create(ctx, access.UserRecord{Name: name, Password: "password of " + name}); err != nil {
			t.Fatal(err)
		}
	}
	ann, err := w.LoginUser(ctx, access.Credentials{ID: "ann", Secret: "password of ann"})
	if err != nil {
		t.Fatal(err)
	}
	proof, err := w.Proof(ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	ends := w.clock.Now().Add(time.Hour)
	session := func(name, proof string, ends time.Time) int {
		p, err := w.Session(ctx, name, proof, ends)
		if err == nil && (p.ID != "ann" || p.Kind != access.User || !p.Expires.Equal(ends)) {
			t.Errorf("got %+v", p)
		}
		return denied(err)
	}
	for _, c := range []struct {
		name, user, proof string
		ends              time.Time
		want              int
	}{
		{"good", "ann", proof, ends, 0},
		{"again", "ann", proof, ends, 0},
		{"ended", "ann", proof, w.clock.Now(), http.StatusUnauthorized},
		{"another's proof", "bob", proof, ends, http.StatusUnauthorized},
		{"no proof", "ann", "", ends, http.StatusUnauthorized},
		{"nobody", "eve", proof, ends, http.StatusUnauthorized},
		{"no name", "a b", proof, ends, http.StatusUnauthorized},
	} {
		if got := session(c.user, c.proof, c.ends); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
	if _, err := w.Users.Password(ctx, "ann", "another password"); err != nil {
		t.Fatal(err)
	}
	if got := session("ann", proof, ends); got != http.StatusUnauthorized {
		t.Errorf("with another password: got %d, want 401", got)
	}
}

// TestSessionEndsWithOrganization: the login of a user whose organization is being
// deleted is good no more, as the password is not.
func TestSessionEndsWithOrganization(t *testing.T) {
	w, ctx := open(t), operator(t)
	for _, id := range []string{"home", "acme"} {
		if _, err := w.Organizations.Create(ctx, access.Organization{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Users.Create(ctx, access.UserRecord{Name: "ann", Password: "password of ann", Organization: "acme"}); err != nil {
		t.Fatal(err)
	}
	ann, err := w.LoginUser(ctx, access.Credentials{ID: "ann", Secret: "password of ann"})
	if err != nil {
		t.Fatal(err)
	}
	proof, err := w.Proof(ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	ends := w.clock.Now().Add(time.Hour)
	if _, err := w.Session(ctx, "ann", proof, ends); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Organizations.Close(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Session(ctx, "ann", proof, ends); denied(err) != http.StatusUnauthorized {
		t.Errorf("got %v, want 401", err)
	}
}

// TestGuess: wrong secrets are counted where they come from, and keep out none that
// have been right from there.
func TestGuess(t *testing.T) {
	w := open(t)
	none, found := errors.New("none"), 0
	guess := func(secret, from string) int {
		err := w.Guess(secret, netip.MustParseAddr(from), none, func() error {
			found++
			if secret != "right" {
				return none
			}
			return nil
		})
		if errors.Is(err, none) {
			return http.StatusNotFound
		}
		return denied(err)
	}
	if got := guess("right", "10.0.0.1"); got != 0 {
		t.Fatalf("got %d, want it found", got)
	}
	for guess("wrong", "10.0.0.1") == http.StatusNotFound {
		if found > 1000 {
			t.Fatal("got a thousand guesses")
		}
	}
	before := found
	for _, c := range []struct {
		secret, from string
		want         int
	}{
		{"wrong", "10.0.0.1", http.StatusTooManyRequests},
		{"other", "10.0.0.1", http.StatusTooManyRequests},
		{"right", "10.0.0.1", 0},
		{"right", "10.9.9.9", 0},
		{"wrong", "10.9.9.8", http.StatusNotFound},
	} {
		if got := guess(c.secret, c.from); got != c.want {
			t.Errorf("%s from %s: got %d, want %d", c.secret, c.from, got, c.want)
		}
	}
	if found-before != 3 {
		t.Errorf("got %d looks, want 3", found-before)
	}
}

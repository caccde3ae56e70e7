package access_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"aion/api/access"
	"aion/storage/catalog"
)

// TestNamesAreClaimed: of a key and a user of one name that are made at the same
// time on two servers of a store one is made, and logs in.
func TestNamesAreClaimed(t *testing.T) {
	here := open(t)
	there := beside(t, here.store, here.clock)
	const secret = "secret-of-both"
	for i := range 200 {
		name := fmt.Sprint("both-", i)
		var made [2]error
		var all sync.WaitGroup
		begin := make(chan struct{})
		all.Go(func() {
			<-begin
			_, made[0] = here.Keys.Create(operator(t), access.KeyRecord{ID: name, Secret: secret})
		})
		all.Go(func() {
			<-begin
			_, made[1] = there.Users.Create(operator(t), access.UserRecord{Name: name, Password: secret})
		})
		close(begin)
		all.Wait()
		if (made[0] == nil) == (made[1] == nil) {
			t.Fatalf("%s: got %v for the key and %v for the user, want one of them made", name, made[0], made[1])
		}
		for _, err := range made {
			if err != nil && status(err) != 409 {
				t.Errorf("%s: got %v, want 409", name, err)
			}
		}
		if got := here.login(t, name, secret); got != 200 {
			t.Errorf("%s: got %d, want whoever was made let in", name, got)
		}
	}
}

// TestNamesAreFreeAgain: a name is free when its bearer is gone, and when whoever
// claimed it has died before there was one, after a while.
func TestNamesAreFreeAgain(t *testing.T) {
	h := open(t)
	user := access.UserRecord{Name: "ann", Password: "correct horse"}
	key := access.KeyRecord{ID: "ann", Secret: "correct horse"}
	if _, err := h.Users.Create(operator(t), user); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Keys.Create(operator(t), key); status(err) != 409 {
		t.Errorf("while there is a user: got %v, want 409", err)
	}
	if _, err := h.Users.Delete(operator(t), "ann"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Keys.Create(operator(t), key); err != nil {
		t.Errorf("when the user is gone: got %v", err)
	}
	if _, err := h.Users.Create(operator(t), user); status(err) != 409 {
		t.Errorf("while there is a key: got %v, want 409", err)
	}
	records, _ := catalog.New(h.store)
	died, err := h.clock.Now().MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := records.Put(t.Context(), "access-name", "bob", []byte(`{"kind":"key","at":"`+string(died)+`"}`), 0); err != nil {
		t.Fatal(err)
	}
	user.Name = "bob"
	if _, err := h.Users.Create(operator(t), user); status(err) != 409 {
		t.Errorf("while somebody makes a key: got %v, want 409", err)
	}
	h.clock.pass(2 * time.Minute)
	if _, err := h.Users.Create(operator(t), user); err != nil {
		t.Errorf("when he has died: got %v", err)
	}
}

// TestNamesWithoutClaims: who was there before there were claims keeps his name.
func TestNamesWithoutClaims(t *testing.T) {
	h := open(t)
	if err := h.AddUser(t.Context(), "ann", "correct horse"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Keys.Create(operator(t), access.KeyRecord{ID: "ann", Secret: "correct horse"}); status(err) != 409 {
		t.Errorf("got %v, want 409", err)
	}
	if got := h.login(t, "ann", "correct horse"); got != 200 {
		t.Errorf("got %d, want 200", got)
	}
}

package connio

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"aion/api/access"
)

// entities are the calls about what there is: accounts, devices, profiles, apps,
// api clients, users and their keys.
func (p *Protocol) entities() []route {
	return slices.Concat(accounts(), devices(), profiles(), properties(), apps(), clients(), users(), apikeys())
}

// whole has a call be made by those who work on the whole account alone and have
// its scope: others are told so before anything is looked up.
func whole(serve func(*call) error) func(*call) error {
	return func(c *call) error {
		if c.asker.Narrow() {
			return denied("the context of the key is not the account")
		}
		if err := access.Check(c.ctx(), c.route.scope); err != nil {
			return err
		}
		return serve(c)
	}
}

// entityID tells whether a text is the id of an entity in Connio's form.
func entityID(kind, text string) bool {
	digits, ok := strings.CutPrefix(text, "_"+kind+"_")
	return ok && len(digits) >= 18 && len(digits) <= 21 && strings.Trim(digits, "0123456789") == ""
}

// idForm tells whether a text looks like the id of an entity: three letters between
// underscores and digits.
func idForm(text string) bool {
	kind, digits, ok := strings.Cut(strings.TrimPrefix(text, "_"), "_")
	return ok && text[0] == '_' && len(kind) == 3 && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// sameID tells whether a reference is an id: the very one or, in Connio's form, one
// whose letters are in another case.
func sameID(id, ref string) bool { return id == ref || idForm(ref) && strings.EqualFold(id, ref) }

// madeID is an id in Connio's form for what has another one: the same for the same
// names.
func madeID(kind string, names ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(names, "\x00")))
	return fmt.Sprintf("_%s_%d", kind, 1e17+binary.BigEndian.Uint64(sum[:])%uint64(9e17))
}

// freshID is a new id in Connio's form.
func freshID(kind string) string {
	// Int never fails where there is randomness, and ends the program elsewhere.
	n, _ := rand.Int(rand.Reader, big.NewInt(9e17))
	return fmt.Sprintf("_%s_%d", kind, n.Int64()+1e17)
}

// account is the id of the account of who asks.
func (c *call) account() string { return accountID(c.asker.Organization) }

// accountID is the id of an organization's account.
func accountID(organization string) string {
	if entityID("acc", organization) {
		return organization
	}
	return madeID("acc", organization)
}

// date is a time as entities have it.
func date(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999Z07:00") }

// tell answers a value as JSON. What it says of keys is not for caches.
func (c *call) tell(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSONBlob(http.StatusOK, text)
}

// deletion is a call that deletes something, which answers that nothing is gone where
// there is no such thing.
func deletion(serve func(*call) error) func(*call) error {
	return func(c *call) error {
		err := serve(c)
		if fault := new(Fault); errors.As(err, &fault) && fault.Status == http.StatusNotFound {
			return c.deleted(0)
		}
		return err
	}
}

// deleted answers how many entities are gone.
func (c *call) deleted(n int) error { return c.tell(map[string]int{"nrOfItems": n}) }

// noted notes a change in the audit and answers a value.
func (c *call) noted(action, id string, v any) error {
	if err := c.p.Access.Audit.Note(c.ctx(), action, c.asker.Organization, id); err != nil {
		return err
	}
	return c.tell(v)
}

// said is the body of the request, which is an object.
func (c *call) said() (members, error) {
	text, err := c.body()
	if err != nil {
		return members{}, err
	}
	return membersOf(text, "")
}

// mentioned tells whether an object has a member, null or not.
func (m members) mentioned(name string) bool { _, ok := m.very(name); return ok }

// texts are the elements of a list of texts; none where there is no such member.
func (m members) texts(name string) ([]string, error) {
	at, items, err := m.list(name)
	list := make([]string, len(items))
	for i, raw := range items {
		var ok bool
		if list[i], ok = textOf(raw); !ok {
			return nil, bad("%s[%d]: got %s, want a text", at, i, shown(raw))
		}
	}
	return list, err
}

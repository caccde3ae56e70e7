package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// operatorAPI is what the paths of the operator's API begin with.
const operatorAPI = "/api/admin/v1"

// leavePatience is how long taking everything away may take, also of a run that
// was interrupted.
const leavePatience = 2 * time.Minute

// provide has everything be there that the script's plan names.
func (r *run) provide(ctx context.Context) error {
	plan, make := r.script.Plan, newMaker(r.setup.Prefix)
	for _, name := range plan.Names {
		r.names.addFolded(name, make.unique(name))
	}
	for _, secret := range plan.secrets {
		r.names.add(secret, make.secret(secret))
	}
	if plan.Body == "" {
		return nil
	}
	a, err := r.send(ctx, http.MethodPost, operatorAPI+"/provision", nil, plan.Body)
	if err != nil {
		return err
	}
	var done struct {
		Changes []struct{ Thing, ID, Secret string }
		Errors  []string
	}
	if a.status != http.StatusOK || json.Unmarshal(a.body, &done) != nil || len(done.Errors) > 0 {
		return fmt.Errorf("%s: provision: %s", r.script.Name, strings.TrimSpace(showError(a.status, a.body)))
	}
	for _, c := range done.Changes {
		if c.Secret != "" {
			r.made[c.Thing+" "+c.ID] = c.Secret
		}
	}
	return nil
}

// leave takes everything away that the script has made: records, with what devices
// have written, and then its metrics. What is not there any more is fine.
func (r *run) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leavePatience)
	defer cancel()
	r.who = caller{}
	for _, list := range lists() {
		for _, e := range r.script.Plan.Own {
			if e.List != list {
				continue
			}
			where := operatorAPI + "/" + list + "/" + url.PathEscape(r.names.out(e.ID))
			if list == "devices" {
				where += "?data=true"
			}
			a, err := r.send(ctx, http.MethodDelete, where, nil, "")
			if err != nil {
				return err
			}
			if a.status >= 400 && a.status != http.StatusNotFound {
				return fmt.Errorf("delete %s of the %s: %s", e.ID, list, strings.TrimSpace(showError(a.status, a.body)))
			}
		}
	}
	return r.clean(ctx)
}

// caller is who sends a request. The zero value is whoever runs the scripts.
type caller struct {
	id, secret string // of a key or a user
	token      string // of a user who has logged in
	nobody     bool   // without credentials
}

// header are the credentials as a header; nil: those of whoever runs the scripts,
// which the target knows.
func (c *caller) header() http.Header {
	switch {
	case c.nobody:
		return http.Header{"Authorization": nil}
	case c.token != "":
		return http.Header{"Authorization": {"Bearer " + c.token}}
	case c.id != "":
		req := http.Request{Header: http.Header{}}
		req.SetBasicAuth(c.id, c.secret)
		return req.Header
	}
	return nil
}

// errAs says how an as step looks.
var errAs = errors.New("as is: as KEY, as USER, as ID SECRET, as nobody or as operator")

// as has further steps of the case be sent by somebody.
func (r *run) as(ctx context.Context, args string) error {
	plan := r.script.Plan
	words := strings.Fields(args)
	if len(words) == 2 {
		r.who = caller{id: r.names.out(words[0]), secret: r.names.out(words[1])}
		return nil
	}
	if len(words) != 1 {
		return errAs
	}
	name := words[0]
	secret, isKey := plan.Keys[name]
	password, isUser := plan.Users[name]
	switch {
	case name == "operator":
		r.who = caller{}
	case name == "nobody":
		r.who = caller{nobody: true}
	case isKey:
		r.who = caller{id: r.names.out(name), secret: r.secretOf("key "+name, secret)}
	case isUser:
		return r.asUser(ctx, name, r.secretOf("user "+name, password))
	default:
		return fmt.Errorf("%w: the plan has neither a key nor a user %s", errAs, name)
	}
	return nil
}

// secretOf is the secret of a key or a user: what the server has made, or what is
// sent for the one in the plan.
func (r *run) secretOf(who, planned string) string {
	if made := r.made[who]; made != "" {
		return made
	}
	return r.names.out(planned)
}

// asUser has a user send what follows, with a token where the script's protocol
// has a login.
func (r *run) asUser(ctx context.Context, name, password string) error {
	if login := protocols()[r.script.Protocol].login; login != "" {
		return r.login(ctx, login, name, password)
	}
	r.who = caller{id: r.names.out(name), secret: password}
	return nil
}

// login has a user send what follows with a token, which is asked for once.
func (r *run) login(ctx context.Context, where, name, password string) error {
	if token, ok := r.tokens[name]; ok {
		r.who = caller{token: token}
		return nil
	}
	r.who = caller{nobody: true}
	body := fmt.Sprintf(`{"username":%s,"password":%s}`, quote(name), quote(password))
	a, err := r.send(ctx, http.MethodPost, where, http.Header{"Content-Type": {"application/json"}}, body)
	if err != nil {
		return err
	}
	var answer struct{ Token string }
	if json.Unmarshal(a.body, &answer) != nil || answer.Token == "" {
		return fmt.Errorf("login of %s: %s", name, strings.TrimSpace(showError(a.status, a.body)))
	}
	r.tokens[name] = answer.Token
	r.who = caller{token: answer.Token}
	return nil
}

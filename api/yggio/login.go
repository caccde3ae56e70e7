package yggio

import (
	"errors"
	"net/http"
	"net/netip"
	"time"

	"aion/api/access"
	"aion/query/encode"
)

// loggedIn is for how long a login is good.
const loggedIn = 5 * time.Hour

// login answers a token to who shows a user's name and password. Where the server
// asks nobody, everybody gets one, which nobody looks at.
func (c *call) login() error {
	o, err := c.object()
	if err != nil {
		return err
	}
	name, err := c.required(o, "username")
	if err != nil {
		return err
	}
	password, err := c.required(o, "password")
	if err != nil {
		return err
	}
	now := c.p.Now()
	by := &access.Principal{Kind: access.User, ID: name}
	if c.asker == nil || c.asker.Kind != access.Open {
		by, err = c.p.Access.LoginUser(c.ctx(), access.Credentials{ID: name, Secret: password, From: c.from()})
		if err != nil {
			return wrongLogin(err)
		}
	}
	token, err := c.p.Token(c.ctx(), by, now, now.Add(loggedIn))
	if err != nil {
		return err
	}
	text := append(encode.AppendString([]byte(`{"token":`), token), '}')
	return c.JSONBlob(http.StatusOK, text)
}

// wrongLogin is the answer to a login that fails: too many, or wrong.
func wrongLogin(err error) error {
	var denied *access.DeniedError
	if errors.As(err, &denied) && denied.Status != http.StatusTooManyRequests {
		return &Fault{http.StatusUnauthorized, textAuth}
	}
	return err
}

// required is the text of a member that must be there.
func (c *call) required(o object, name string) (string, error) {
	text, err := o.text(name)
	if err == nil && text == "" {
		err = invalid(name, "Required")
	}
	return text, err
}

// from is the address that the request comes from; zero where it is not known.
func (c *call) from() netip.Addr {
	address, err := netip.ParseAddr(c.RealIP())
	if err != nil {
		return netip.Addr{}
	}
	return address
}

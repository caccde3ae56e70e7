package access

import (
	"time"
)

// KeyRecord is an API key as its owner sees it. Its secret is told when it is
// made and never again.
type KeyRecord struct {
	ID           string     `json:"id"`
	Secret       string     `json:"secret,omitempty"` // of a new key
	Name         string     `json:"name"`
	Organization string     `json:"organization"` // empty: the home organization
	Owner        string     `json:"ownerId"`      // the device, user or client that the key belongs to
	Role         Role       `json:"role"`
	Scopes       []Scope    `json:"scope"` // nil: those of the role; empty: none
	Context      Context    `json:"context"`
	RateLimit    int        `json:"rateLimit"` // calls a minute; -1: any number
	Limits       Limits     `json:"limits"`
	Created      time.Time  `json:"created"`
	Modified     time.Time  `json:"modified"`
	Used         *time.Time `json:"lastUsed"` // to the minute
	Expires      *time.Time `json:"expires"`
	Revoked      *time.Time `json:"revoked"`
}

// ends tells whether the key is worth nothing any more.
func (k *KeyRecord) ends(now time.Time) bool {
	return k.Revoked != nil || k.Expires != nil && !now.Before(*k.Expires)
}

// keptKey is a key as it is stored.
type keptKey struct {
	KeyRecord
	Hash string `json:"hash"` // of the id and the secret
	Mark string `json:"mark"` // of the secret alone: its entry
}

// UserRecord is a user as an administrator sees it.
type UserRecord struct {
	Name         string    `json:"name"`
	Password     string    `json:"password,omitempty"` // of a new user; never told
	Organization string    `json:"organization"`       // empty: the home organization
	Role         Role      `json:"role"`
	Created      time.Time `json:"created"`
	Modified     time.Time `json:"modified"`
}

// keptUser is a user as it is stored.
type keptUser struct {
	UserRecord
	Hash string `json:"hash"` // of the password, with its parameters
}

// Organization is a tenant. The first one is the home of all data that name
// none.
type Organization struct {
	ID      string    `json:"id"` // what the organization tag holds
	Name    string    `json:"name"`
	Home    bool      `json:"home"`
	Limits  Limits    `json:"limits"` // of its keys, users and tokens, for which nothing else is said
	Created time.Time `json:"created"`

	// Ingestion is the plan of its devices.
	Ingestion Ingestion `json:"ingestion,omitzero"`

	// Closed says that the organization is about to be deleted: nobody of it is let
	// in any more.
	Closed bool `json:"closed,omitempty"`
}

// moment is a time as records keep it: UTC, to the millisecond.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

package yggio

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"aion/query/encode"
	"aion/query/fleet"
)

// ofNode are the members of an iotnode that are no values of it.
var ofNode = [...]string{
	"_id", "name", "description", "retentionPolicy", "rights", "owner", "createdAt", "updatedAt", "timestamp",
	secretMember, "devEui", "gatewayEui", "imei", "tag", "serialNumber",
}

// isOfNode tells whether a member is one of an iotnode's own.
func isOfNode(name string) bool { return slices.Contains(ofNode[:], name) }

// attributes are the texts of an iotnode that stand in its record's attributes, those of
// them that are identifiers as aliases, too.
var attributes = [...]string{"description", "devEui", "gatewayEui", "imei", "tag", "serialNumber"}

// nodeBody is what a request says of an iotnode; nil is nothing.
type nodeBody struct {
	id           string
	name, secret *string
	policy       *string
	texts        map[string]*string // attributes; nil in it: it goes
	rights       []fleet.Right
	ruled        bool // it says who has rights
}

// nodeBodyOf reads what an object says of an iotnode.
func nodeBodyOf(o object) (b nodeBody, err error) {
	if b.id, err = o.text("_id"); err != nil {
		return b, err
	}
	if b.id != "" && !isHex(b.id) {
		return b, invalid("_id", "must be 24 hex digits")
	}
	for name, to := range map[string]**string{"name": &b.name, secretMember: &b.secret, "retentionPolicy": &b.policy} {
		if _, there := o.find(name); there {
			text, err := o.text(name)
			if err != nil {
				return b, err
			}
			*to = &text
		}
	}
	b.texts = map[string]*string{}
	for _, name := range attributes {
		if _, there := o.find(name); there {
			text, err := o.identifier(name)
			if err != nil {
				return b, err
			}
			b.texts[name] = &text
		}
	}
	if err := b.check(); err != nil {
		return b, err
	}
	return b, b.readRights(o)
}

// check holds texts to what they may be.
func (b *nodeBody) check() error {
	if b.secret != nil && *b.secret != "" && !validSecret(*b.secret) {
		return invalid(secretMember, "must be 8 to 128 characters of A-Z 0-9 - . _")
	}
	if b.policy != nil {
		if _, ok := fleet.PolicyDays(*b.policy); !ok {
			return invalid("retentionPolicy", "must be retentionForever, or retention2days, 30, 183, 365, 730 or 1826")
		}
	}
	if b.name != nil && len(*b.name) > mostName {
		return invalid("name", "must not be longer than %d bytes", mostName)
	}
	for _, name := range attributes {
		switch text := b.texts[name]; {
		case text == nil:
		case len(*text) > mostName:
			return invalid(name, "must not be longer than %d bytes", mostName)
		case name != "description" && strings.ContainsFunc(*text, unicode.IsControl):
			return invalid(name, "must not have control characters")
		}
	}
	return nil
}

// validSecret tells whether a text is a secret as Yggio has them.
func validSecret(text string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"
	return len(text) >= 8 && len(text) <= 128 && strings.Trim(text, letters) == ""
}

// readRights reads who has rights: an object of lists by user, as it is answered.
func (b *nodeBody) readRights(o object) error {
	value, there := o.find("rights")
	if !there {
		return nil
	}
	by, ok := value.(object)
	if !ok {
		return invalid("rights", "must be an object of lists of rights by user")
	}
	b.ruled, b.rights = true, []fleet.Right{}
	for _, m := range by {
		list, ok := m.value.([]any)
		if !ok {
			return invalid("rights", "must be an object of lists of rights by user")
		}
		for _, right := range list {
			text, ok := right.(string)
			if !ok || !slices.Contains([]string{admin, write, read, peek}, text) {
				return invalid("rights", "must be of admin, write, read and peek")
			}
			b.rights = append(b.rights, fleet.Right{User: m.name, Right: text})
		}
	}
	return nil
}

// guarded tells whether the body says what only who may do all changes.
func (b *nodeBody) guarded() bool { return b.ruled || b.secret != nil && *b.secret != "" }

// renames tells whether the body gives an iotnode another identifier, or takes one
// away.
func (b *nodeBody) renames(d *fleet.Device) bool {
	for name, text := range b.texts {
		if was, _ := d.Attributes[name].(string); name != "description" && *text != was {
			return true
		}
	}
	return false
}

// empty tells whether the body says nothing of the iotnode itself.
func (b *nodeBody) empty() bool {
	return b.name == nil && (b.secret == nil || *b.secret == "") && b.policy == nil && len(b.texts) == 0 && !b.ruled
}

// apply has a device say what the body says.
func (b *nodeBody) apply(d *fleet.Device) error {
	if b.name != nil {
		d.Name = *b.name
	}
	if b.secret != nil {
		d.NewSecret = *b.secret
	}
	if b.policy != nil {
		d.RetentionPolicy = *b.policy
	}
	if b.ruled {
		if len(b.rights) == 0 && len(d.Rights) != 0 {
			return invalid("rights", "must leave somebody a right: who names nobody is open to all")
		}
		d.Rights = b.rights
	}
	if d.Attributes == nil {
		d.Attributes = map[string]any{}
	}
	var gone []string
	for name, text := range b.texts {
		if was, _ := d.Attributes[name].(string); name != "description" {
			gone = append(gone, was)
		}
		if d.Attributes[name] = *text; *text == "" {
			delete(d.Attributes, name)
		}
	}
	b.identify(d, gone)
	return nil
}

// identify has a device be called by the identifiers that the body names, and no
// more by those that are gone, unless another of its identifiers is the same.
func (b *nodeBody) identify(d *fleet.Device, gone []string) {
	d.Aliases = slices.DeleteFunc(d.Aliases, func(a string) bool { return slices.Contains(gone, a) })
	for _, name := range attributes {
		text, _ := d.Attributes[name].(string)
		if text == "" || name == "description" || slices.Contains(d.Aliases, text) {
			continue
		}
		if b.texts[name] != nil || slices.Contains(gone, text) {
			d.Aliases = append(d.Aliases, text)
		}
	}
}

// appendNode adds an iotnode as JSON, for who may read it. Its secret is told to
// nobody.
func appendNode(dst []byte, d *fleet.Device) []byte {
	member := func(name, text string) {
		if text != "" {
			dst = append(append(append(dst, `,"`...), name...), `":`...)
			dst = encode.AppendString(dst, text)
		}
	}
	dst = encode.AppendString(append(dst, `{"_id":`...), nodeID(d))
	dst = encode.AppendString(append(dst, `,"name":`...), d.Name)
	for _, name := range attributes {
		text, _ := d.Attributes[name].(string)
		member(name, text)
	}
	member("retentionPolicy", d.RetentionPolicy)
	owner, _ := d.Attributes["owner"].(string)
	member("owner", owner)
	dst = append(append(dst, `,"hasSecret":`...), strconv.FormatBool(d.SecretHash != "")...)
	dst = appendRights(append(dst, `,"rights":`...), d.Rights)
	created, modified := rows(`,"createdAt":"`, `"`, ""), rows(`,"updatedAt":"`, `"}`, "")
	return modified.AppendTime(created.AppendTime(dst, d.Created.UnixMilli()), d.Modified.UnixMilli())
}

// appendRights adds who has rights, by user.
func appendRights(dst []byte, rights []fleet.Right) []byte {
	by := map[string][]string{}
	for _, r := range rights {
		by[r.User] = append(by[r.User], r.Right)
	}
	dst = append(dst, '{')
	for i, user := range slices.Sorted(maps.Keys(by)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(encode.AppendString(dst, user), `:[`...)
		for k, right := range slices.Sorted(slices.Values(by[user])) {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = encode.AppendString(dst, right)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

package kairosdb

import (
	"context"

	"aion/api/access"
	"aion/query/rollup"
)

// ownerOf is whose the tasks are that somebody makes: a key's that works on a part
// of an organization or within limits of its own, which its tasks keep to, too.
func ownerOf(who *access.Principal) rollup.Owner {
	switch {
	case who.Kind == access.Open:
		return rollup.Owner{}
	case who.Narrow(), who.Limited():
		return rollup.Owner{Organization: who.Own(), Kind: string(who.Kind), ID: who.ID, All: all(who)}
	case all(who):
		return rollup.Owner{All: true, Confined: who.Confined()}
	}
	return rollup.Owner{Organization: who.Organization, Confined: who.Confined()}
}

// reown makes somebody who changes a task its owner, before what he says is
// stored: it must not run with the rights of another. Who may everything changes
// it for its owner, and what he says runs within the limits of both: those of his
// key bind the task until somebody changes it again, and with the key it ends. Where
// he is not shown private properties the task is not either.
func (p *Protocol) reown(ctx context.Context, id string) error {
	who := access.From(ctx)
	was, err := p.Rollups.OwnerOf(ctx, id)
	if err != nil {
		return err
	}
	now := ownerOf(who)
	switch {
	case all(who):
		if now = was; now.Kind != string(access.Key) || now.ID != who.ID {
			now.Within = limiter(who)
		}
		now.Confined = who.Confined()
	case was.Same(rollup.Owner{}) && home(who) && !who.Limited():
		now = rollup.Owner{Confined: who.Confined()}
	}
	if now.Same(was) && now.Within == was.Within && now.Confined == was.Confined {
		return nil
	}
	return p.Rollups.Own(ctx, id, now)
}

// limiter is the key whose limits bind what somebody has others' tasks do; empty:
// none does.
func limiter(who *access.Principal) string {
	if who.Kind == access.Key && who.Limited() {
		return who.ID
	}
	return ""
}

// reads tells, as an error, that somebody must not read what roll-ups read: he
// would have them read for him.
func reads(ctx context.Context) error { return access.Check(ctx, access.ReadData) }

// all tells whether somebody has the data of all organizations, those included
// that are still to come.
func all(who *access.Principal) bool { return who.Role == access.Root && !who.Narrow() }

// theirs tells whether a task of an owner is somebody's to see and to change: all
// tasks for root, one's own for those who work on a part of an organization, and
// for others their organization's, or while there is one organization all that
// root has not made. What nobody owns is the first organization's.
func theirs(who *access.Principal, o rollup.Owner) bool {
	switch {
	case all(who):
		return true
	case who.Narrow():
		return o.Same(ownerOf(who))
	case o.All:
		return false
	case sees(who):
		return true
	case o.Organization == "":
		return home(who)
	}
	return o.Organization == who.Organization
}

// owns tells whether the client may see the task of an id, were there one.
func (p *Protocol) owns(ctx context.Context, id string) (bool, error) {
	who := access.From(ctx)
	if all(who) {
		return true, nil
	}
	o, err := p.Rollups.OwnerOf(ctx, id)
	return err == nil && theirs(who, o), err
}

// task is the text of a task; ok is false where there is none, or none that the
// client may see.
func (p *Protocol) task(ctx context.Context, id string) (text string, ok bool, err error) {
	text, ok, err = p.Rollups.Book().Task(ctx, id)
	if err != nil {
		return "", false, err
	}
	own, err := p.owns(ctx, id)
	if err != nil || !own || !ok {
		return "", false, err
	}
	return text, true, nil
}

// tasks are all tasks that the client may see, ascending by their ids.
func (p *Protocol) tasks(ctx context.Context) ([]rollup.Entry, error) {
	entries, err := p.Rollups.Book().Tasks(ctx)
	who := access.From(ctx)
	if err != nil || all(who) {
		return entries, err
	}
	owners, err := p.Rollups.Owners(ctx)
	if err != nil {
		return nil, err
	}
	var list []rollup.Entry
	for _, t := range entries {
		if theirs(who, owners[t.ID]) {
			list = append(list, t)
		}
	}
	return list, nil
}

// free tells whether the client may store a task under an id of its choice: not
// under that of a task it does not see. Who does not see all data may choose that
// of a task it sees alone, so that what happens to an id does not tell who else has
// it.
func (p *Protocol) free(ctx context.Context, id string) (bool, error) {
	if sees(access.From(ctx)) {
		return p.owns(ctx, id)
	}
	_, ok, err := p.task(ctx, id)
	return ok, err
}

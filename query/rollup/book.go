package rollup

import (
	"context"
	"time"

	"aion/storage"
)

// KairosDB's names in its key store.
const (
	tasksService  = "_Rollups"
	tasksKey      = "Config"
	statusKey     = "Status"
	assignmentKey = "Assignment"
	hostsService  = "_Hosts"
	hostsKey      = "Active"
)

// Book is where KairosDB keeps its roll-up tasks and their status.
type Book struct{ texts storage.Services }

// NewBook is the book in a key store.
func NewBook(texts storage.Services) *Book { return &Book{texts} }

// Entry is a task as it is stored.
type Entry struct{ ID, Text string }

// Tasks are all tasks, ascending by their ids.
func (b *Book) Tasks(ctx context.Context) ([]Entry, error) {
	ids, err := b.texts.Keys(ctx, tasksService, tasksKey, "")
	if err != nil {
		return nil, err
	}
	list := make([]Entry, 0, len(ids))
	for _, id := range ids {
		text, ok, err := b.Task(ctx, id)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, Entry{id, text})
		}
	}
	return list, nil
}

// Task is the text of one task; ok is false where there is none.
func (b *Book) Task(ctx context.Context, id string) (text string, ok bool, err error) {
	text, _, ok, err = b.texts.Value(ctx, tasksService, tasksKey, id)
	return text, ok, err
}

// Put stores a task.
func (b *Book) Put(ctx context.Context, id, text string) error {
	return b.texts.Set(ctx, tasksService, tasksKey, id, text)
}

// Remove takes a task away. What it has stored stays. Its status goes when the
// servers have seen that the task is gone, as with KairosDB.
func (b *Book) Remove(ctx context.Context, id string) error {
	return b.texts.Remove(ctx, tasksService, tasksKey, id)
}

// Modified is when a task was last stored or taken away.
func (b *Book) Modified(ctx context.Context) (time.Time, error) {
	return b.texts.Modified(ctx, tasksService, tasksKey)
}

// Status is what is known of a task's last run; ok is false where nothing is.
func (b *Book) Status(ctx context.Context, id string) (status Status, ok bool, err error) {
	text, _, ok, err := b.texts.Value(ctx, tasksService, statusKey, id)
	if err != nil || !ok {
		return Status{}, false, err
	}
	status, err = parseStatus(text)
	return status, err == nil, err
}

// putStatus stores a task's status.
func (b *Book) putStatus(ctx context.Context, id string, s Status) error {
	return b.texts.Set(ctx, tasksService, statusKey, id, s.text())
}

// removeStatuses takes away the status of every task that is not kept and is
// really gone.
func (b *Book) removeStatuses(ctx context.Context, kept func(id string) bool) error {
	ids, err := b.texts.Keys(ctx, tasksService, statusKey, "")
	if err != nil {
		return err
	}
	for _, id := range ids {
		if kept(id) {
			continue
		}
		if _, ok, err := b.Task(ctx, id); err != nil || ok {
			return err
		}
		if err := b.texts.Remove(ctx, tasksService, statusKey, id); err != nil {
			return err
		}
	}
	return nil
}

// hostAlive is how long a host of KairosDB's counts as running after it has last
// said so. It says so every 20 or 30 seconds.
const hostAlive = 2 * time.Minute

// leftTo is the running KairosDB that a task is assigned to and that does run it,
// or nothing. We never assign a task to one, nor take one away from it; but a
// KairosDB whose roll-ups have been switched off since has its tasks still, and
// does nothing about them.
func (b *Book) leftTo(ctx context.Context, t *Task, now time.Time) (host string, err error) {
	guid, seen, ok, err := b.texts.Value(ctx, tasksService, assignmentKey, t.ID)
	if err != nil || !ok {
		return "", err
	}
	host, alive, ok, err := b.texts.Value(ctx, hostsService, hostsKey, guid)
	if err != nil || !ok || now.Sub(alive) > hostAlive {
		return "", err
	}
	text, told, ok, err := b.texts.Value(ctx, tasksService, statusKey, t.ID)
	if err != nil {
		return "", err
	}
	if status, err := parseStatus(text); ok && err == nil && status.Host == host && told.After(seen) {
		seen = told
	}
	if late := later(later(seen.UnixMilli(), t.Interval), t.Interval); time.UnixMilli(late).Add(hostAlive).Before(now) {
		return "", nil
	}
	return host, nil
}

package main

import (
	"context"
	"io"
	"log/slog"
	"os"
)

// logger is the log that the settings ask for.
func (l *logSettings) logger(to io.Writer) *slog.Logger { return slog.New(l.handler(to, terminal(to))) }

// handler writes the records that the settings ask for; person: somebody reads them as
// they are written.
func (l *logSettings) handler(to io.Writer, person bool) slog.Handler {
	least := l.level()
	options := &slog.HandlerOptions{Level: min(least, slog.LevelInfo)}
	var all slog.Handler = slog.NewJSONHandler(to, options)
	if l.Format == "text" || l.Format == "auto" && person {
		all = slog.NewTextHandler(to, options)
	}
	if least > slog.LevelInfo {
		all = audited{all, least}
	}
	return all
}

// terminal tells whether a person reads what is written to w.
func terminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// audited passes on what has a level, and what belongs to the audit, whatever level
// that has.
type audited struct {
	slog.Handler
	least slog.Level
}

// Handle passes a record on, or does nothing.
func (a audited) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < a.least && !ofAudit(r) {
		return nil
	}
	return a.Handler.Handle(ctx, r)
}

// WithAttrs is the same with attributes.
func (a audited) WithAttrs(attrs []slog.Attr) slog.Handler {
	return audited{a.Handler.WithAttrs(attrs), a.least}
}

// WithGroup is the same with a group.
func (a audited) WithGroup(name string) slog.Handler {
	return audited{a.Handler.WithGroup(name), a.least}
}

// ofAudit tells whether a record says that it belongs to the audit.
func ofAudit(r slog.Record) (is bool) {
	r.Attrs(func(a slog.Attr) bool {
		is = a.Key == "audit" && a.Value.Kind() == slog.KindBool && a.Value.Bool()
		return !is
	})
	return is
}

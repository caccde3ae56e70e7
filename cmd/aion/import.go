package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"aion/storage"
	"aion/storage/transfer"
)

// importCommand brings a file into a store.
type importCommand struct {
	endSettings
	fileSettings
	Retry span   `default:"1m" help:"How long to try again while the store or the server is away."`
	File  string `arg:"" optional:"" default:"-" help:"File to read, packed by gzip or not; - is what comes through the pipe."`

	stdin io.Reader // nil: os.Stdin
}

// Help is what import --help prints below its first line.
func (*importCommand) Help() string {
	return "Reads what KairosDB's -c export and aion export have written, and CSV. The same file twice changes nothing. " +
		"Exit code: 0 all stored, 1 failed, 2 a mistake in a setting, 3 done, but some points were refused, 130 interrupted.\n\n" +
		"Example: aion import --data.dir /var/lib/aion kairosdb.json.gz"
}

// consistent tells what no single value shows.
func (c *importCommand) consistent() error {
	return errors.Join(c.endSettings.check(), c.fileSettings.check())
}

// Run imports the file and prints a line.
func (c *importCommand) Run(ctx context.Context, to *streams) error {
	position, err := c.position(c.File)
	if err != nil {
		return &ended{exitUsage, err}
	}
	table, err := c.table()
	if err != nil {
		return &ended{exitUsage, err}
	}
	notes := &note{path: position}
	i := transfer.Import{
		Format: c.format(c.File), Table: table, Choice: c.choice(), Retry: time.Duration(c.Retry), Stored: notes.write,
	}
	if position != "" {
		if i.Start, err = transfer.ReadPosition(position); err != nil {
			return &ended{exitUsage, err}
		}
	}
	if i.From, err = c.input(i.Start.Offset); err != nil {
		return &ended{exitUsage, err}
	}
	defer func() { _ = i.From.Close() }() // it was only read
	begun := time.Now()
	report, err := c.into(ctx, &i, to)
	position, err = notes.end(err)
	return errors.Join(c.tell(to.out, report, i.Start.Points, time.Since(begun)), outcome(ctx, err, report.Refused, position))
}

// input opens the file.
func (c *importCommand) input(offset int64) (*transfer.Input, error) {
	if c.File != "-" {
		return transfer.OpenInput(c.File, offset)
	}
	if c.stdin == nil {
		c.stdin = os.Stdin
	}
	if file, ok := c.stdin.(*os.File); ok && terminal(file) {
		return nil, errors.New("file: there is none, and nothing comes through a pipe")
	}
	return transfer.NewInput(c.stdin)
}

// into opens where the points go, and imports.
func (c *importCommand) into(ctx context.Context, i *transfer.Import, to *streams) (report transfer.Report, err error) {
	server, err := c.remote()
	if err != nil {
		return report, err
	}
	if server != nil {
		i.To, i.Batch = server, transfer.RemoteBatch
		defer server.Client.CloseIdleConnections()
	} else {
		var store storage.Store
		if store, err = c.open(ctx, to); err != nil {
			return report, err
		}
		i.To = store
		defer func() { err = errors.Join(err, store.Close()) }()
	}
	show := newProgress(to.err)
	defer show.end()
	i.Watch = func(p transfer.Progress) {
		show.show("import: %d points%s, %s", p.Points, share(p.Share), pace(p.Points-i.Start.Points, time.Since(show.begun)))
	}
	return i.Run(ctx)
}

// share is a share for people, if it is known.
func share(of float64) string {
	if of == 0 {
		return ""
	}
	return fmt.Sprintf(", %.0f %%", 100*of)
}

// tell prints what became of the import.
func (c *importCommand) tell(to io.Writer, r transfer.Report, before int64, took time.Duration) error {
	_, err := fmt.Fprintf(to, "imported %d points from %s %s, %d refused\n", r.Points, c.File, pace(r.Points-before, took), r.Refused)
	for _, p := range r.Problems {
		if err == nil {
			_, err = fmt.Fprintf(to, "refused: %s\n", p)
		}
	}
	if more := r.Refused - int64(len(r.Problems)); err == nil && more > 0 && len(r.Problems) > 0 {
		_, err = fmt.Fprintf(to, "refused: and %d more\n", more)
	}
	return err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"aion/storage"
	"aion/storage/pebble"
	"aion/storage/transfer"
)

// exportCommand writes the points of a store to a file.
type exportCommand struct {
	endSettings
	fileSettings
	Gzip bool   `help:"Pack the file; one whose name ends in .gz is packed anyway."`
	File string `arg:"" optional:"" default:"-" help:"File to write; - is the pipe."`
}

// Help is what export --help prints below its first line.
func (*exportCommand) Help() string {
	return "Writes one JSON object a line, as KairosDB's -c export does, which KairosDB's -c import reads, or CSV. " +
		"Every point keeps its type, but over HTTP, where a double without a fraction looks like a long. " +
		"A file that is there is replaced when all is written, which happens beside it, in the file's name and .part. " +
		"Exit code: 0 all written, 1 failed, 2 a mistake in a setting, 130 interrupted.\n\n" +
		"Example: aion export --storage=cassandra --cassandra.hosts=10.0.0.1 kairosdb.json.gz"
}

// consistent tells what no single value shows.
func (c *exportCommand) consistent() error {
	return errors.Join(c.endSettings.check(), c.fileSettings.check())
}

// Run writes the file and prints a line on stderr.
func (c *exportCommand) Run(ctx context.Context, to *streams) error {
	position, err := c.position(c.File)
	if err != nil {
		return &ended{exitUsage, err}
	}
	table, err := c.table()
	if err != nil {
		return &ended{exitUsage, err}
	}
	notes := &note{path: position}
	e := transfer.Export{Format: c.format(c.File), Table: table, Choice: c.choice()}
	done := false
	if position != "" {
		e.Stored = notes.write
		if e.Start, done, err = c.resumed(position); err != nil {
			return &ended{exitUsage, err}
		}
	}
	begun, report := time.Now(), transfer.Report{Points: e.Start.Points, Series: e.Start.Series}
	if !done {
		report, err = c.from(ctx, &e, to)
	}
	position, err = notes.end(err)
	_, told := fmt.Fprintf(to.err, "exported %d points of %d series to %s %s\n",
		report.Points, report.Series, c.File, pace(report.Points-e.Start.Points, time.Since(begun)))
	return errors.Join(outcome(ctx, err, 0, position), told)
}

// resumed reads how far an earlier run came, and whether it has put the whole file in
// its place and was ended before it could take the position away.
func (c *exportCommand) resumed(position string) (at transfer.Position, done bool, err error) {
	if at, err = transfer.ReadPosition(position); err == nil && at.Whole {
		done, err = transfer.Committed(c.File, at.Offset)
	}
	return at, done, err
}

// from opens where the points are, and exports.
func (c *exportCommand) from(ctx context.Context, e *transfer.Export, to *streams) (report transfer.Report, err error) {
	server, err := c.remote()
	if err != nil {
		return report, err
	}
	if server != nil {
		e.From = server
		defer server.Client.CloseIdleConnections()
		return c.write(ctx, e, to)
	}
	store, err := c.source(ctx, to)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	var snapshot storage.Snapshot
	if snapshot, err = store.Snapshot(ctx); err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	e.From = transfer.Stored(snapshot)
	return c.write(ctx, e, to)
}

// source is what is exported.
type source interface {
	Snapshot(context.Context) (storage.Snapshot, error)
	io.Closer
}

// source opens the store. A folder is only looked at: it may be a backup, which is
// to stay one.
func (c *exportCommand) source(ctx context.Context, to *streams) (source, error) {
	if c.Storage != "pebble" {
		return c.open(ctx, to)
	}
	if err := isFolder(c.Data.Dir); err != nil {
		return nil, &ended{exitUsage, fmt.Errorf("--data.dir: %w", err)}
	}
	folder, err := pebble.OpenFolder(pebble.Config{Dir: c.Data.Dir})
	if err != nil {
		return nil, throughServer(fmt.Errorf("--data.dir: %w", err))
	}
	return folder, nil
}

// write opens the file and exports into it.
func (c *exportCommand) write(ctx context.Context, e *transfer.Export, to *streams) (report transfer.Report, err error) {
	if e.To, err = c.output(e.Start.Offset, to.out); err != nil {
		return report, &ended{exitUsage, err}
	}
	defer func() { err = errors.Join(err, c.ends(e.To, err)) }()
	show := newProgress(to.err)
	defer show.end()
	e.Watch = func(p transfer.Progress) {
		show.show("export: %d points%s, %s", p.Points, share(p.Share), pace(p.Points-e.Start.Points, time.Since(show.begun)))
	}
	return e.Run(ctx)
}

// ends puts a file that is whole in its place. One that is not stays beside where
// --resume goes on with it.
func (c *exportCommand) ends(to *transfer.Output, failed error) error {
	switch {
	case failed == nil:
		return errors.Join(to.Commit(), to.Close())
	case c.Resume:
		return to.Close()
	}
	return to.Discard()
}

// output opens the file, or what stands for it.
func (c *exportCommand) output(offset int64, pipe io.Writer) (*transfer.Output, error) {
	packed := c.Gzip || strings.HasSuffix(c.File, ".gz")
	if c.File == "-" {
		return transfer.NewOutput(pipe, packed), nil
	}
	return transfer.OpenOutput(c.File, packed, offset)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"aion/api"
	"aion/storage"
	"aion/storage/pebble"
	"aion/storage/points"
	"aion/storage/transfer"
)

// exitPartly is the exit code of an import that has left something out.
const exitPartly = 3

// endSettings say at which store or server a transfer ends that is not a file.
type endSettings struct {
	Target    string            `placeholder:"URL" help:"Server that speaks KairosDB's REST API, Aion or KairosDB, such as http://127.0.0.1:8080; with it --storage does not count."`
	Storage   string            `default:"pebble" enum:"pebble,cassandra" help:"Engine that keeps the points, opened without a server: pebble (on disk) or cassandra (in KairosDB's tables)."`
	Expiry    expirySettings    `embed:"" prefix:"storage."`
	Data      dataSettings      `embed:"" prefix:"data."`
	Cassandra cassandraSettings `embed:"" prefix:"cassandra."`
	Log       logSettings       `embed:"" prefix:"log."`
}

// fileSettings are about the file of a transfer and what is chosen of it.
type fileSettings struct {
	Format    string   `default:"auto" enum:"auto,json,csv" help:"json: KairosDB's export, one object a line; csv: a table; auto: csv if the file is named so, else json."`
	Columns   []string `placeholder:"ROLE=HEADING" help:"Columns of CSV: ROLE=HEADING, ROLE=#NUMBER or ROLE='TEXT' for all rows, with a role of metric, time, value, value.METRIC, type, ttl and tag.NAME. Without any the headings are roles."`
	Separator string   `default:"," help:"What stands between the fields of CSV, one character."`
	Times     string   `default:"ms" enum:"ms,s,us,ns,rfc3339" help:"Form of the times of CSV."`
	Heading   bool     `default:"true" negatable:"" help:"The first row of CSV has headings."`
	Metrics   []string `placeholder:"NAME" help:"Only these metrics; a star stands for any text."`
	Except    []string `placeholder:"NAME" help:"Not these metrics, such as kairosdb.* (what a KairosDB measures of itself)."`
	From      *instant `placeholder:"TIME" help:"Only points from this time on: milliseconds, 2026-01-02 or 2026-01-02T15:04:05Z."`
	To        *instant `placeholder:"TIME" help:"Only points up to this time."`
	Resume    bool     `help:"Note the position in a file while working, and go on from there if there is one."`
	Position  string   `placeholder:"FILE" help:"File for the position, if not the file's own name and .position."`
}

// instant is a moment in Unix milliseconds.
type instant int64

// UnmarshalText reads milliseconds, a day or a moment.
func (i *instant) UnmarshalText(text []byte) error {
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		*i = instant(n)
		return nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if at, err := time.Parse(layout, string(text)); err == nil {
			*i = instant(at.UnixMilli())
			return nil
		}
	}
	return fmt.Errorf("got %q, want a time such as 1767225600000, 2026-01-02 or 2026-01-02T15:04:05Z", text)
}

// check checks what no single value shows.
func (f *fileSettings) check() error {
	if len([]rune(f.Separator)) != 1 || strings.ContainsAny(f.Separator, "\"\r\n") {
		return fmt.Errorf("--separator: got %q, want one character that is no quote and no line feed", f.Separator)
	}
	_, err := f.table()
	return err
}

// check checks what no single value shows.
func (e *endSettings) check() error {
	if u, err := url.Parse(e.Target); e.Target != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("--target: got %q, want the address of a server such as http://127.0.0.1:8080", shownAddress(e.Target))
	}
	if e.Target != "" || e.Storage != "cassandra" {
		return nil
	}
	_, err := e.Cassandra.config(time.Duration(e.Expiry.TTL))
	return err
}

// table is how CSV is laid out.
func (f *fileSettings) table() (transfer.Table, error) {
	t := transfer.Table{Separator: []rune(f.Separator)[0], Times: f.Times, Headless: !f.Heading}
	for _, text := range f.Columns {
		c, err := transfer.ParseColumn(text)
		if err != nil {
			return t, fmt.Errorf("--columns: %w", err)
		}
		t.Columns = append(t.Columns, c)
	}
	return t, nil
}

// format is the format of a file of that name.
func (f *fileSettings) format(path string) transfer.Format {
	named := strings.HasSuffix(strings.TrimSuffix(strings.ToLower(path), ".gz"), ".csv")
	if f.Format == "csv" || f.Format == "auto" && named {
		return transfer.CSV
	}
	return transfer.JSON
}

// choice is what is chosen of all points.
func (f *fileSettings) choice() transfer.Choice {
	c := transfer.Choice{Metrics: f.Metrics, Except: f.Except, Range: points.Always}
	if f.From != nil {
		c.Range.From = int64(*f.From)
	}
	if f.To != nil {
		c.Range.To = int64(*f.To)
	}
	return c
}

// position is where the position of a file is noted; empty: nowhere.
func (f *fileSettings) position(path string) (string, error) {
	switch {
	case !f.Resume:
		return "", nil
	case path == "-":
		return "", errors.New("--resume: a pipe cannot be gone on with; want a file")
	case f.Position != "":
		return f.Position, nil
	}
	return path + ".position", nil
}

// note writes positions to a file; what cannot be written is told once the work
// is done.
type note struct {
	path    string
	latest  transfer.Position
	pending bool // latest is not written yet
	last    time.Time
	err     error
}

// write notes a position, once a second at most, and at once that all is written.
func (n *note) write(p transfer.Position) {
	if n.path == "" || n.err != nil {
		return
	}
	n.latest, n.pending = p, true
	if p.Whole || time.Since(n.last) >= time.Second {
		n.flush()
	}
}

// flush writes the latest position.
func (n *note) flush() {
	if n.pending {
		n.last, n.pending = time.Now(), false
		n.err = transfer.WritePosition(n.path, n.latest)
	}
}

// end keeps the latest position for another run where this one failed, and takes
// the file away that nothing needs any more where it did not. It answers where
// to go on from, or nothing.
func (n *note) end(failed error) (position string, err error) {
	if n.path == "" {
		return "", failed
	}
	if failed != nil {
		n.flush()
		return n.path, errors.Join(failed, n.err)
	}
	if err := os.Remove(n.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return "", n.err
}

// remote is the server that --target names, or nil. It is closed by its client.
func (e *endSettings) remote() (*transfer.Remote, error) {
	if e.Target == "" {
		return nil, nil
	}
	base, err := url.Parse(e.Target)
	if err != nil {
		return nil, err
	}
	return &transfer.Remote{Base: base, Client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: transfer.RemoteRequests}}}, nil
}

// open opens the store without a server.
func (e *endSettings) open(ctx context.Context, to *streams) (storage.Store, error) {
	log := e.Log.logger(to.err)
	if e.Log.Format == "auto" { // the summary says what a person wants to know
		log = slog.New(slog.DiscardHandler)
	}
	s := serveCommand{Storage: e.Storage, Expiry: e.Expiry, Data: e.Data, Cassandra: e.Cassandra}
	opened, err := s.open(ctx, api.NewFigures(), log)
	if err != nil {
		return nil, throughServer(err)
	}
	return checked(opened.Store), nil
}

// throughServer says how to go on where a server has the folder.
func throughServer(err error) error {
	if errors.Is(err, pebble.ErrInUse) {
		return fmt.Errorf("%w; name the server that works there by --target, or take a backup of the folder", err)
	}
	return err
}

// outcome is what a transfer ends with: interrupted, failed, in part, or well.
func outcome(ctx context.Context, err error, refused int64, resume string) error {
	switch {
	case ctx.Err() != nil && resume != "":
		return &ended{exitInterrupted, errors.New("interrupted; the same command goes on from " + resume)}
	case ctx.Err() != nil:
		return &ended{exitInterrupted, errors.New("interrupted")}
	case err != nil && resume != "":
		return fmt.Errorf("%w; the same command goes on from %s", err, resume)
	case errors.Is(err, transfer.ErrForeign):
		return &ended{exitUsage, err}
	case err == nil && refused > 0:
		return &ended{exitPartly, fmt.Errorf("%d refused", refused)}
	}
	return err
}

// pace is how fast so many points were in that time.
func pace(points int64, in time.Duration) string {
	return fmt.Sprintf("in %s (%.0f points/s)", in.Round(time.Millisecond), float64(points)/max(in.Seconds(), 1e-3))
}

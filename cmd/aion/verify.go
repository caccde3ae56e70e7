package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"aion/storage/pebble"
	"aion/storage/points"
)

// verifyCommand checks the data of the embedded engine.
type verifyCommand struct {
	configured

	Data dataSettings `embed:"" prefix:"data."`
	JSON bool         `name:"json" help:"Print the result as JSON."`
}

// Help is what verify --help prints below its first line.
func (*verifyCommand) Help() string {
	return "Reads every table, chunk and index entry, and compares. A server that has the folder open does it and goes on serving; " +
		"else the folder is opened for reading alone. Exit code: 0 sound, 1 damaged, 2 not checked.\n\n" +
		"Example: aion verify --data.dir /var/lib/aion"
}

// damage is one thing that is wrong, as it is printed and sent.
type damage struct {
	Series  string `json:"series,omitempty"`
	From    *int64 `json:"from,omitempty"` // of the points that are concerned; neither: all
	To      *int64 `json:"to,omitempty"`
	Problem string `json:"problem"`
}

// newDamage is what the engine has found.
func newDamage(d pebble.Damage) *damage {
	out := &damage{Series: d.Series, Problem: strings.Join(strings.Fields(d.Err.Error()), " ")}
	if d.Series != "" && d.Range != points.Always {
		out.From, out.To = &d.Range.From, &d.Range.To
	}
	return out
}

// String is one line for people.
func (d *damage) String() string {
	switch {
	case d.Series == "":
		return d.Problem
	case d.From == nil:
		return d.Series + ": " + d.Problem
	}
	return fmt.Sprintf("%s from %d to %d: %s", d.Series, *d.From, *d.To, d.Problem)
}

// verdict is the outcome of a check.
type verdict struct {
	Sound    bool      `json:"sound"`
	Series   int64     `json:"series"`
	Points   int64     `json:"points"`
	Chunks   int64     `json:"chunks"`
	Runs     int64     `json:"runs"`
	Postings int64     `json:"postings"`
	Tables   int64     `json:"tables"`
	Bytes    int64     `json:"bytes"`
	Seconds  float64   `json:"seconds"`
	Damage   []*damage `json:"damage"`
	Leftover []string  `json:"leftover,omitempty"` // series that are names alone, or have lost points
}

// count puts what was read into the verdict.
func (v *verdict) count(t pebble.Tally) {
	v.Series, v.Points, v.Chunks, v.Runs = t.Series, t.Points, t.Chunks, t.Runs
	v.Postings, v.Tables, v.Bytes = t.Postings, t.Tables, t.Bytes
}

// summary is one line for people.
func (v *verdict) summary() string {
	word := "sound"
	if !v.Sound {
		word = "damaged"
	}
	return fmt.Sprintf("%s: %d series, %d points in %d chunks and %d runs, %s of tables, read in %s\n",
		word, v.Series, v.Points, v.Chunks, v.Runs, inBytes(v.Bytes), time.Duration(v.Seconds*float64(time.Second)).Round(time.Millisecond))
}

// inBytes is a number of bytes for people.
func inBytes(n int64) string {
	for _, u := range sizes {
		if n >= 10*u.bytes && u.unit != "" {
			return fmt.Sprintf("%d %s", n/u.bytes, u.unit)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// Run checks the folder and prints the outcome.
func (c *verifyCommand) Run(ctx context.Context, to *streams) error {
	if err := isFolder(c.Data.Dir); err != nil {
		return &ended{exitUsage, fmt.Errorf("--data.dir: %w", err)}
	}
	v, err := checkFolder(ctx, c.Data.Dir, to, !c.JSON)
	if err != nil {
		return &ended{exitUsage, fmt.Errorf("verify: %w", err)}
	}
	if c.JSON {
		if err := json.NewEncoder(to.out).Encode(v); err != nil {
			return err
		}
	} else if _, err := io.WriteString(to.out, v.summary()); err != nil {
		return err
	}
	return v.err(c.Data.Dir)
}

// err is what a command ends with where the folder is damaged, else nil.
func (v *verdict) err(dir string) error {
	if v.Sound {
		return nil
	}
	if n := len(v.Damage); n > 1 {
		return &ended{exitFailed, fmt.Errorf("%s is damaged in %d places", dir, n)}
	}
	return &ended{exitFailed, fmt.Errorf("%s is damaged", dir)}
}

// checkFolder checks a folder, through the server that has it open if there is
// one. Damage is printed as it is found, if that is asked for.
func checkFolder(ctx context.Context, dir string, to *streams, lines bool) (*verdict, error) {
	v := &verdict{Damage: []*damage{}}
	show := newProgress(to.err)
	defer show.end()
	line := func(text any) {
		if lines {
			show.end()
			// Where nobody reads what is printed, the exit code tells.
			_, _ = fmt.Fprintln(to.out, text)
		}
	}
	found := func(d *damage) {
		v.Damage = append(v.Damage, d)
		line(d)
	}
	left := func(series string) {
		v.Leftover = append(v.Leftover, series)
		line(series + ": no damage for certain: none of its points lasts, and nobody will take its names away, which an older Aion has left, unless points are gone")
	}
	begun := time.Now()
	tally, err := checkEither(ctx, dir, found, left, func(t pebble.Tally) {
		show.show("verify: %d tables, %d series, %d points", t.Tables, t.Series, t.Points)
	})
	v.count(tally)
	v.Sound, v.Seconds = err == nil && len(v.Damage) == 0, time.Since(begun).Seconds()
	return v, err
}

// checkEither has the server check its folder, or does it itself where none
// runs.
func checkEither(ctx context.Context, dir string, found func(*damage), left func(string), progress func(pebble.Tally)) (pebble.Tally, error) {
	server, running, err := reach(ctx, dir)
	if err != nil {
		return pebble.Tally{}, err
	}
	if !running {
		t, err := pebble.CheckFolder(ctx, pebble.Config{Dir: dir, Cache: commandCache}, pebble.Checks{
			Damaged:  func(d pebble.Damage) { found(newDamage(d)) },
			Leftover: left,
			Progress: progress,
		})
		return t, inUse(err)
	}
	defer server.close()
	last, err := server.run(ctx, "verify", nil, func(m message) {
		if m.Damage != nil {
			found(m.Damage)
		}
		if m.Leftover != "" {
			left(m.Leftover)
		}
		if m.Progress != nil {
			progress(*m.Progress)
		}
	})
	if err != nil || last.Checked == nil {
		return pebble.Tally{}, err
	}
	return *last.Checked, nil
}

// commandCache is how much memory a command gives to blocks of tables.
const commandCache = 16 << 20

// inUse explains why a folder that is in use cannot be had.
func inUse(err error) error {
	if errors.Is(err, pebble.ErrInUse) {
		return fmt.Errorf("%w; it does not answer at its %s: it may be starting or stopping", err, controlSocket)
	}
	return err
}

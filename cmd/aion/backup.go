package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"aion/storage/pebble"
)

// backupCommand copies the data of the embedded engine.
type backupCommand struct {
	configured

	Data   dataSettings `embed:"" prefix:"data."`
	Verify bool         `default:"true" negatable:"" help:"Check the copy when it is made."`
	Dest   string       `arg:"" name:"dest" help:"Folder for the copy: one outside the data that is empty or does not exist."`
}

// Help is what backup --help prints below its first line.
func (*backupCommand) Help() string {
	return "A server that has the folder open makes the copy and goes on serving; it holds all that was acknowledged before. " +
		"On the same disk tables become hard links, so that a further backup costs only what is new; other disks get a copy. " +
		"Exit code: 0 done, 1 failed or the copy is damaged, 2 a mistake in a setting.\n\n" +
		"Example: aion backup --data.dir /var/lib/aion /backup/2026-07-01"
}

// Run copies the folder, checks the copy and prints a line.
func (c *backupCommand) Run(ctx context.Context, to *streams) error {
	if err := isFolder(c.Data.Dir); err != nil {
		return &ended{exitUsage, fmt.Errorf("--data.dir: %w", err)}
	}
	dest, err := absolute(c.Dest)
	if err != nil {
		return &ended{exitUsage, fmt.Errorf("dest: %w", err)}
	}
	begun := time.Now()
	manifest, err := c.copy(ctx, dest, to)
	if errors.Is(err, pebble.ErrNotEmpty) || errors.Is(err, pebble.ErrInside) {
		return &ended{exitUsage, fmt.Errorf("dest: %w", err)}
	}
	if err != nil {
		return fmt.Errorf("backup: %w", inUse(err))
	}
	var bytes int64
	for _, f := range manifest.Files {
		bytes += f.Size
	}
	_, err = fmt.Fprintf(to.out, "backed up to %s: %d files, %s, in %s\n",
		dest, len(manifest.Files), inBytes(bytes), time.Since(begun).Round(time.Millisecond))
	if err != nil || !c.Verify {
		return err
	}
	return confirm(ctx, dest, to)
}

// copy makes the copy, through the server that has the folder open if there is
// one.
func (c *backupCommand) copy(ctx context.Context, dest string, to *streams) (m pebble.Manifest, err error) {
	server, running, err := reach(ctx, c.Data.Dir)
	if err != nil {
		return m, err
	}
	if !running {
		show := newProgress(to.err)
		defer show.end()
		return pebble.BackupFolder(ctx, pebble.Config{Dir: c.Data.Dir}, dest, func(done, of int) {
			show.show("backup: %d of %d files", done, of)
		})
	}
	defer server.close()
	if err := pebble.Fillable(c.Data.Dir, dest); err != nil {
		return m, err
	}
	last, err := server.run(ctx, "backup", url.Values{"to": {dest}}, func(message) {})
	if err != nil || last.Manifest == nil {
		return m, err
	}
	return *last.Manifest, nil
}

// confirm checks a copy, notes the outcome in its manifest and prints it.
func confirm(ctx context.Context, dest string, to *streams) error {
	v, err := checkFolder(ctx, dest, to, true)
	if err != nil {
		return fmt.Errorf("verify the copy: %w", err)
	}
	if err := pebble.Confirm(dest, pebble.Tally{Series: v.Series, Points: v.Points}, v.Sound); err != nil {
		return fmt.Errorf("note that the copy was verified: %w", err)
	}
	if _, err := fmt.Fprint(to.out, v.summary()); err != nil {
		return err
	}
	return v.err(dest)
}

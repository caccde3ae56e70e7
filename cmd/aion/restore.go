package main

import (
	"context"
	"errors"
	"fmt"

	"aion/storage/pebble"
)

// restoreCommand makes a data folder of a backup.
type restoreCommand struct {
	configured

	Data   dataSettings `embed:"" prefix:"data."`
	Backup string       `arg:"" name:"backup" help:"Folder that aion backup has made. It stays as it is."`
}

// Help is what restore --help prints below its first line.
func (*restoreCommand) Help() string {
	return "The data folder must be empty or not exist: nothing is replaced. It is a full copy and shares nothing with the backup, " +
		"and is checked when it is made. Exit code: 0 done, 1 failed or damaged, 2 a mistake in a setting.\n\n" +
		"Example: aion restore /backup/2026-07-01 --data.dir /var/lib/aion-again"
}

// Run copies the backup and checks the copy.
func (c *restoreCommand) Run(ctx context.Context, to *streams) error {
	if err := isFolder(c.Backup); err != nil {
		return &ended{exitUsage, fmt.Errorf("backup: %w", err)}
	}
	show := newProgress(to.err)
	err := pebble.Restore(ctx, c.Backup, c.Data.Dir, func(done, of int) { show.show("restore: %d of %d files", done, of) })
	show.end()
	if errors.Is(err, pebble.ErrNotEmpty) || errors.Is(err, pebble.ErrInside) {
		return &ended{exitUsage, fmt.Errorf("--data.dir: %w", err)}
	}
	if err != nil {
		return err
	}
	v, err := checkFolder(ctx, c.Data.Dir, to, true)
	if err != nil {
		return fmt.Errorf("verify the copy: %w", err)
	}
	if _, err := fmt.Fprintf(to.out, "restored to %s\n%s", c.Data.Dir, v.summary()); err != nil {
		return err
	}
	return v.err(c.Data.Dir)
}

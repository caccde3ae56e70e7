package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"aion/api/access"
	"aion/api/admin"
)

// provisionCommand has what a file names be there.
type provisionCommand struct {
	operatorSettings
	DryRun bool   `help:"Change nothing, and print what would be changed."`
	File   string `arg:"" help:"YAML or JSON file with organizations, users, keys, profiles, devices and apps; - is the pipe."`
}

// Help is what provision --help prints below its first line.
func (*provisionCommand) Help() string {
	return "Makes what is not there yet, changes what is otherwise, and leaves alone what the file does not name; the same file twice changes nothing. " +
		"Nothing is changed where anything in the file is wrong. Secrets and passwords that the file does not give are made and printed, this once. " +
		operatorHelp + "\n\nExample: aion provision --dry-run fleet.yaml"
}

// Run carries the file out and prints what became of it.
func (c *provisionCommand) Run(ctx context.Context, to *streams) error {
	text, err := readInput(c.File)
	if err != nil {
		return &ended{exitUsage, err}
	}
	plan, problems := parsePlan(text)
	if len(problems) > 0 {
		return c.refuse(to.err, problems)
	}
	body, err := plan.json()
	if err != nil {
		return &ended{exitUsage, fmt.Errorf("%s: %w", c.File, err)}
	}
	var done admin.Provisioned
	path := "/provision"
	if c.DryRun {
		path += "?dryRun=true"
	}
	err = c.do(ctx, func(o *operator) error { return o.ask(ctx, http.MethodPost, path, body, &done) })
	if answer, ok := errors.AsType[*answerError](err); ok && answer.status == http.StatusBadRequest {
		return c.refuse(to.err, plan.located(answer.problems))
	}
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(to.out, done)
	} else {
		err = tellProvisioned(to.out, done)
	}
	if err == nil && len(done.Errors) > 0 {
		err = fmt.Errorf("%s was carried out in part: %s; the same command goes on", c.File, strings.Join(done.Errors, "; "))
	}
	return err
}

// refuse prints what is wrong with the file, a line each, and ends the command.
func (c *provisionCommand) refuse(to io.Writer, problems []problem) error {
	for _, p := range problems {
		// Where nobody reads what is printed, the exit code tells.
		_, _ = fmt.Fprintf(to, "%s:%d: %s\n", c.File, p.line, p.text)
	}
	word := "mistakes"
	if len(problems) == 1 {
		word = "mistake"
	}
	return &ended{exitUsage, fmt.Errorf("%s has %d %s; nothing was changed", c.File, len(problems), word)}
}

// tellProvisioned prints what was changed, and how much was not.
func tellProvisioned(to io.Writer, done admin.Provisioned) error {
	count := map[access.Provided]int{}
	for _, c := range done.Changes {
		if count[c.Done]++; c.Done == access.Unchanged {
			continue
		}
		line := fmt.Sprintf("%s %s %s", c.Done, c.Thing, cmp.Or(c.ID, "(new)"))
		if c.Organization != "" && c.Thing != "organization" {
			line += " of " + c.Organization
		}
		if c.Secret != "" {
			line += ", secret " + c.Secret + " (shown this once)"
		}
		if _, err := fmt.Fprintln(to, line); err != nil {
			return err
		}
	}
	dry := ""
	if done.DryRun {
		dry = "; this was a dry run: nothing was changed"
	}
	_, err := fmt.Fprintf(to, "%d created, %d changed, %d unchanged%s\n",
		count[access.Created], count[access.Changed], count[access.Unchanged], dry)
	return err
}

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"aion/api/access"
	"aion/api/admin"
)

// organizationCommand manages organizations, which are tenants.
type organizationCommand struct {
	Create organizationCreateCommand `cmd:"" help:"Make an organization."`
	List   organizationListCommand   `cmd:"" help:"List organizations."`
	Show   organizationShowCommand   `cmd:"" help:"Show an organization."`
	Delete organizationDeleteCommand `cmd:"" help:"Take an organization away."`
}

// organizationCreateCommand makes an organization.
type organizationCreateCommand struct {
	operatorSettings
	limitSettings
	Name string `placeholder:"TEXT" help:"What people call it."`
	ID   string `arg:"" name:"id" help:"Id: the value that the organization tag of its series has."`
}

// Help is what organization create --help prints below its first line.
func (*organizationCreateCommand) Help() string {
	return "The first organization is the home of all series without the organization tag. The limits are those of its keys, users and tokens " +
		"that have none of their own. " + operatorHelp + "\n\nExample: aion organization create acme --name \"Acme Corp.\" --max-points 100000000"
}

// Run makes the organization and prints it.
func (c *organizationCreateCommand) Run(ctx context.Context, to *streams) error {
	body := map[string]any{"id": c.ID, "name": c.Name, "limits": c.limits()}
	return c.do(ctx, func(o *operator) error {
		var r access.Organization
		if err := o.ask(ctx, http.MethodPost, "/organizations", body, &r); err != nil {
			return err
		}
		return printOrganizations(to.out, c.JSON, r, r)
	})
}

// organizationListCommand lists organizations.
type organizationListCommand struct{ operatorSettings }

// Help is what organization list --help prints below its first line.
func (*organizationListCommand) Help() string {
	return operatorHelp + "\n\nExample: aion organization list"
}

// Run prints a table, or JSON.
func (c *organizationListCommand) Run(ctx context.Context, to *streams) error {
	return c.do(ctx, func(o *operator) error {
		all, err := everyOne(ctx, o, "organizations", "", func(r access.Organization) string { return r.ID })
		if err != nil {
			return err
		}
		return printOrganizations(to.out, c.JSON, all, all...)
	})
}

// organizationOne is a command about one organization.
type organizationOne struct {
	operatorSettings
	ID string `arg:"" name:"id" help:"Id of the organization."`
}

// path is where the organization is.
func (c *organizationOne) path() string { return "/organizations/" + url.PathEscape(c.ID) }

// organizationShowCommand shows an organization.
type organizationShowCommand struct{ organizationOne }

// Help is what organization show --help prints below its first line.
func (*organizationShowCommand) Help() string {
	return operatorHelp + "\n\nExample: aion organization show acme"
}

// Run prints the organization.
func (c *organizationShowCommand) Run(ctx context.Context, to *streams) error {
	return c.do(ctx, func(o *operator) error {
		var r access.Organization
		if err := o.ask(ctx, http.MethodGet, c.path(), nil, &r); err != nil {
			return err
		}
		return printOrganizations(to.out, c.JSON, r, r)
	})
}

// organizationDeleteCommand takes an organization away.
type organizationDeleteCommand struct {
	organizationOne
	Data bool `help:"Delete its keys, users, devices, apps, profiles, points, roll-up tasks and metadata, too."`

	Organization organizationSettings `embed:"" prefix:"organization."`
}

// Help is what organization delete --help prints below its first line.
func (*organizationDeleteCommand) Help() string {
	return "Refused while there are keys, users, devices, apps, profiles, points, roll-up tasks or metadata of it, unless --data says that they go with it; its requests " +
		"and roll-ups under way end, and what was deleted is printed. Said again it finishes what was cut off. The first organization goes last, and what is nobody's by name stays. " + operatorHelp +
		"\n\nExample: aion organization delete acme --data"
}

// Run deletes the organization and prints what went with it.
func (c *organizationDeleteCommand) Run(ctx context.Context, to *streams) error {
	c.tenants = c.Organization
	path := c.path()
	if c.Data {
		path += "?data=true"
	}
	return c.do(ctx, func(o *operator) error {
		var done admin.Ended
		if err := o.ask(ctx, http.MethodDelete, path, nil, &done); err != nil {
			return err
		}
		if c.JSON {
			return printJSON(to.out, done)
		}
		text := "deleted organization " + done.ID
		if with := done.Deleted.String(); with != "" {
			text += " with " + with
		}
		_, err := fmt.Fprintln(to.out, text)
		return err
	})
}

// printOrganizations prints organizations as a table, or v as JSON.
func printOrganizations(to io.Writer, asJSON bool, v any, all ...access.Organization) error {
	if asJSON {
		return printJSON(to, v)
	}
	rows := [][]string{{"ID", "NAME", "HOME", "LIMITS", "CREATED"}}
	for _, r := range all {
		home := ""
		if r.Home {
			home = "home"
		}
		rows = append(rows, []string{r.ID, r.Name, home, r.Limits.String(), timeText(&r.Created)})
	}
	return printTable(to, rows)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"aion/conformance"
)

// conformCommand holds a server to what KairosDB answers.
type conformCommand struct {
	Target  string   `required:"" placeholder:"URL" help:"Server that is held to KairosDB's answers, Aion, KairosDB or another one, such as http://127.0.0.1:8080, or http://ID:SECRET@127.0.0.1:8080 with a key or a user of it."`
	Telnet  string   `placeholder:"HOST:PORT" help:"The server's telnet port. Without it what speaks telnet is left out."`
	Release string   `default:"1.3" enum:"1.2,1.3,develop" help:"Release of KairosDB that the server behaves as."`
	Zone    string   `default:"UTC" help:"Time zone of the server."`
	Only    []string `placeholder:"AREA" help:"Only these areas, as the table names them; kairosdb is all that are no other protocol's, operator the REST API for keys, users and devices, grafana, connio and yggio those that are called so."`
	As      string   `default:"auto" enum:"auto,aion,kairosdb" help:"What the server is: aion is held to the numbered differences, kairosdb need not show them; auto asks it."`
	Prefix  string   `placeholder:"TEXT" help:"Beginning of the names of all metrics that are written; without it one that nobody else uses."`
	JSON    bool     `name:"json" help:"Print JSON instead of a table."`
	JUnit   string   `name:"junit" placeholder:"FILE" help:"Write JUnit's XML to a file, too."`
	Timeout span     `default:"1m" help:"How long one request may take."`
}

// Help is what conform --help prints below its first line.
func (*conformCommand) Help() string {
	return "Plays the examples of KairosDB's manual and scripts of requests with their answers. What is written has metrics of its own " +
		"and is deleted again. Where a server asks for credentials and those of the address are an administrator's, devices, keys and users are made for " +
		"what needs some, and taken away again. Exit code: 0 all hold but for what is excused with a reason, 1 some do not, 2 a mistake in a setting, 130 interrupted.\n\n" +
		"Example: aion conform --target http://127.0.0.1:8080"
}

// consistent tells what no single value shows.
func (c *conformCommand) consistent() error {
	if u, err := url.Parse(c.Target); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("--target: got %q, want the address of a server, without a path, such as http://127.0.0.1:8080", shownAddress(c.Target))
	}
	if strings.ContainsAny(c.Prefix, "\"\\/ %?&#") {
		return fmt.Errorf("--prefix: got %q, want letters, digits and dots", c.Prefix)
	}
	return nil
}

// Run plays everything and prints what became of it.
func (c *conformCommand) Run(ctx context.Context, to *streams) error {
	base, err := url.Parse(c.Target)
	if err != nil {
		return &ended{exitUsage, err}
	}
	client := &http.Client{Timeout: time.Duration(c.Timeout), Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	target := &conformance.Remote{Base: base, User: base.User, Client: client, Telnet: c.Telnet}
	server, results, err := c.play(ctx, target, to)
	if len(results) > 0 {
		err = errors.Join(err, c.print(to.out, server, results))
	}
	failed := conformance.Total(results).Failed
	switch {
	case ctx.Err() != nil:
		return &ended{exitInterrupted, errors.New("interrupted")}
	case err != nil:
		return err
	case len(results) == 0:
		return &ended{exitUsage, fmt.Errorf("--only: there are no such areas: %s", strings.Join(c.Only, ", "))}
	case failed > 0:
		return fmt.Errorf("%d of %d answers are not as wanted", failed, len(results))
	}
	return nil
}

// play finds out what the server is and plays everything on it.
func (c *conformCommand) play(ctx context.Context, target *conformance.Remote, to *streams) (s conformance.Server, results []conformance.Result, err error) {
	if s, err = conformance.Detect(ctx, target); err != nil {
		return s, nil, err
	}
	if c.As != "auto" {
		s.Kairos = c.As == "kairosdb"
	}
	extended, err := conformance.Extended(ctx, target, s)
	if err != nil {
		return s, nil, err
	}
	spoken, err := conformance.Spoken(ctx, target, s)
	if err != nil {
		return s, nil, err
	}
	asks, err := conformance.Asks(ctx, target)
	if err != nil {
		return s, nil, err
	}
	prefix := c.Prefix
	if prefix == "" {
		prefix = "conform." + strconv.FormatInt(time.Now().UnixMilli(), 36) + "."
	}
	zone := c.Zone
	if zone == "UTC" {
		zone = ""
	}
	show := newProgress(to.err)
	defer show.end()
	done := 0
	t := conformance.Trial{
		Target: target, Server: s, Now: time.Now, Only: c.Only,
		Setup: conformance.Setup{Release: c.Release, Extensions: extended, Protocols: spoken, Asks: asks, Zone: zone, Prefix: prefix},
		Watch: func(r conformance.Result) {
			done++
			show.show("conform: %d cases, at %s %s", done, r.Area, r.Name)
		},
	}
	results, err = t.Run(ctx)
	return s, results, err
}

// print prints the results in the forms that were asked for.
func (c *conformCommand) print(to io.Writer, s conformance.Server, results []conformance.Result) (err error) {
	if c.JUnit != "" {
		file, err := os.Create(c.JUnit)
		if err != nil {
			return err
		}
		if err := errors.Join(conformance.WriteJUnit(file, results), file.Close()); err != nil {
			return err
		}
	}
	if c.JSON {
		return conformance.WriteJSON(to, s, results)
	}
	kind := "Aion"
	if s.Kairos {
		kind = "KairosDB"
	}
	if _, err := fmt.Fprintf(to, "%s says that it is %s; taken for %s\n\n", shownAddress(c.Target), s.Version, kind); err != nil {
		return err
	}
	return conformance.WriteTable(to, results)
}

// shownAddress is an address as it is printed: without the secret in it, and not
// at all where it is not plain what in it is one.
func shownAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil && strings.Contains(address, "@") {
		return "something that is no address"
	}
	return u.Redacted()
}

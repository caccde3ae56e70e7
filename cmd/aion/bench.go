package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"aion/conformance/load"
)

// benchCommand puts load on a server and measures how it bears it.
type benchCommand struct {
	URL      string   `arg:"" help:"Server under load, any that speaks KairosDB's REST API, such as http://127.0.0.1:8080. A key goes before the host: http://ID:SECRET@127.0.0.1:8080."`
	Workload string   `default:"a" enum:"a,b,cardinality" help:"a: 1,000 devices of 20 sites, a point each 10 s; b: one series, a point a second; cardinality: a million series of one point."`
	Phases   []string `default:"ingest,query" help:"What is done, in this order: ingest (write until all is visible), query (one query after the other), mixed (write while queries are asked)."`
	Queries  []string `placeholder:"NAME" help:"Ask only these queries of the workload; the table names them."`
	Series   count    `default:"0" help:"Number of series; 0: the workload's own."`
	Points   count    `default:"0" help:"Points of each series; 0: the workload's own."`
	Clients  count    `default:"8" help:"Clients that write at once, and that ask the dashboard's query at once after one alone has."`
	Batch    count    `default:"5000" help:"Points of a write, at most."`
	Shape    string   `default:"objects" enum:"objects,columns" help:"How a write is laid out: objects (one for each point) or columns (one for each series, with its points as pairs)."`
	Rate     float64  `default:"0" help:"Requests a second to keep, all clients together; latencies then count from when a request was due. 0: each client waits for its answer. In mixed it is the rate of writes."`
	Duration span     `default:"0s" help:"How long to write, and to ask each query. 0s: until all is written, and three seconds."`
	Timeout  span     `default:"5m" help:"How long one request may take."`
	Settle   span     `default:"1m" help:"How long to wait for points that were acknowledged while no more of them become visible."`
	Prefix   string   `default:"aion.bench." help:"Beginning of the metric's name; the workload's name follows."`
	Keep     bool     `help:"Leave the metric there at the end, for later runs with --phases=query."`
	Seed     count    `default:"1" help:"Seed of the points: the same points for the same seed."`
	JSON     bool     `name:"json" help:"Print JSON instead of a table."`
}

// Help is what bench --help prints below its first line.
func (*benchCommand) Help() string {
	return "The metric must be empty before and is deleted at the end. Exit code 1 if any request failed, 130 after an interruption.\n\n" +
		"Example: aion bench http://127.0.0.1:8080 --points=1000 --clients=4"
}

// consistent tells what no single value shows.
func (b *benchCommand) consistent() error {
	if u, err := url.Parse(b.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("url: got %q, want the address of a server such as http://127.0.0.1:8080", b.URL)
	}
	if len(b.Phases) == 0 {
		return errors.New("--phases: got none, want some of ingest, query and mixed with commas between")
	}
	for _, phase := range b.Phases {
		if p := load.Phase(phase); p != load.Ingest && p != load.Query && p != load.Mixed {
			return fmt.Errorf("--phases: got %q, want some of ingest, query and mixed with commas between", phase)
		}
	}
	if b.Clients < 1 || b.Batch < 1 {
		return errors.New("--clients and --batch: want at least 1")
	}
	if b.Rate < 0 || b.Rate > 1e6 {
		return fmt.Errorf("--rate: got %g, want requests a second from 0 to 1000000", b.Rate)
	}
	return b.queriesKnown()
}

// queriesKnown tells of a query that the workload has none of.
func (b *benchCommand) queriesKnown() error {
	config, err := b.config()
	if err != nil {
		return err
	}
	names := config.Workload.QueryNames()
	for _, name := range b.Queries {
		if !slices.Contains(names, name) {
			return fmt.Errorf("--queries: got %q, want some of %s with commas between", name, strings.Join(names, ", "))
		}
	}
	return nil
}

// Run puts the load on the server and prints what it measured.
func (b *benchCommand) Run(ctx context.Context, to *streams) error {
	config, err := b.config()
	if err != nil {
		return err
	}
	if terminal(to.err) {
		config.Watch = func(p load.Progress) { show(to.err, p.String()) }
	}
	report, err := load.Run(ctx, config)
	if config.Watch != nil {
		show(to.err, "")
	}
	if len(report.Rows) > 0 {
		err = errors.Join(b.print(to.out, report), err)
	}
	switch failed, requests := report.Failed(); {
	case report.Interrupted:
		return &ended{code: exitInterrupted, err: errors.Join(errors.New("interrupted"), err)}
	case err == nil && failed > 0:
		return fmt.Errorf("%d of %d requests failed", failed, requests)
	}
	return err
}

// config is what the flags ask for.
func (b *benchCommand) config() (load.Config, error) {
	target, err := url.Parse(b.URL)
	if err != nil {
		return load.Config{}, err
	}
	workload, err := load.Named(b.Workload)
	if err != nil {
		return load.Config{}, err
	}
	if b.Series > 0 {
		workload.Series = int(b.Series)
	}
	if b.Points > 0 {
		workload.Points = int(b.Points)
	}
	c := load.Config{
		Target: target, Workload: workload, Prefix: b.Prefix, Keep: b.Keep, Seed: uint64(b.Seed),
		Queries: b.Queries, Shape: load.Shape(b.Shape), Clients: int(b.Clients), Batch: int(b.Batch), Rate: b.Rate,
		Duration: time.Duration(b.Duration), Timeout: time.Duration(b.Timeout), Settle: time.Duration(b.Settle),
	}
	for _, phase := range b.Phases {
		c.Phases = append(c.Phases, load.Phase(phase))
	}
	return c, nil
}

// print prints the report in the form that was asked for.
func (b *benchCommand) print(to io.Writer, report *load.Report) error {
	if !b.JSON {
		return report.WriteTable(to)
	}
	encoder := json.NewEncoder(to)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

// show puts a line in the place of the one that a person sees on a terminal.
func show(to io.Writer, line string) {
	// Where the terminal is gone there is nobody to tell.
	_, _ = fmt.Fprint(to, "\r\x1b[K"+line)
}

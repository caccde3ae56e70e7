package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/alecthomas/kong"

	"aion/api/carbon"
	"aion/api/stream"
	"aion/storage"
)

// carbonSettings are about Graphite's protocols, as the plugin kairos-carbon has
// them.
type carbonSettings struct {
	Listen            string   `help:"Address for Carbon's lines, such as 127.0.0.1:2003; empty switches it off."`
	PickleListen      string   `help:"Address for Carbon's pickles, such as 127.0.0.1:2004; empty switches it off."`
	TagParser         string   `default:"host" enum:"host,tags,templates,multi" help:"How a path becomes metric and tags, as kairos-carbon's parsers do: host (by the patterns), tags (Graphite's own, metric;name=value), templates, or multi (a pattern for each tag)."`
	HostPattern       string   `default:"${carbon_host}" help:"Expression that matches a whole path and finds its host."`
	HostReplacement   string   `default:"${carbon_host_to}" help:"What of it is the tag host."`
	MetricPattern     string   `default:"${carbon_metric}" help:"Expression that matches a whole path and finds its metric."`
	MetricReplacement string   `default:"${carbon_metric_to}" help:"What of it is the metric."`
	Templates         string   `help:"Templates with semicolons between, such as ^stats.gauges .type.metric* [.,_] a=b; the first whose filter fits counts."`
	MultiTags         string   `help:"Tags with semicolons between, for multi."`
	MultiPatterns     string   `help:"Expressions that match a whole path, one for each tag."`
	MultiReplacements string   `help:"What of them is the tag, for each."`
	MultiCase         string   `default:"" enum:",upper,lower" help:"Makes paths upper or lower first."`
	MaxLine           size     `default:"16KiB" help:"Longest line; a longer one is refused."`
	MaxPickle         size     `default:"1MiB" help:"Longest pickle; a longer one is refused."`
	MaxConnections    count    `default:"20000" help:"Connections at a time, for lines and for pickles each; others are turned away."`
	Trusted           []string `placeholder:"NETWORK" help:"Networks such as 10.0.0.0/8 that may send where the address is no loopback one. Others are turned away."`
}

// carbonDefaults are the patterns of the plugin.
func carbonDefaults(vars kong.Vars) kong.Vars {
	p := carbon.DefaultHostPatterns()
	vars["carbon_host"], vars["carbon_host_to"] = p.Host, p.HostReplacement
	vars["carbon_metric"], vars["carbon_metric_to"] = p.Metric, p.MetricReplacement
	return vars
}

// naming is the naming that the settings ask for.
func (c *carbonSettings) naming() (carbon.Naming, error) {
	switch c.TagParser {
	case "tags":
		return carbon.ByTags(), nil
	case "templates":
		naming, err := carbon.ByTemplates(c.Templates)
		if err != nil {
			return nil, fmt.Errorf("--carbon.templates: %w", err)
		}
		return naming, nil
	case "multi":
		naming, err := carbon.ByPatterns(carbon.TagPatterns{
			Metric: c.MetricPattern, MetricReplacement: c.MetricReplacement,
			Tags: c.MultiTags, Patterns: c.MultiPatterns, Replacements: c.MultiReplacements, Case: c.MultiCase,
		})
		if err != nil {
			return nil, fmt.Errorf("--carbon.metric-pattern, --carbon.multi-tags, --carbon.multi-patterns, --carbon.multi-replacements: %w", err)
		}
		return naming, nil
	}
	naming, err := carbon.ByHost(carbon.HostPatterns{
		Host: c.HostPattern, HostReplacement: c.HostReplacement, Metric: c.MetricPattern, MetricReplacement: c.MetricReplacement,
	})
	if err != nil {
		return nil, fmt.Errorf("--carbon.host-pattern, --carbon.metric-pattern: %w", err)
	}
	return naming, nil
}

// listenCarbon opens the ways in for Graphite's senders.
func (s *serveCommand) listenCarbon(ctx context.Context, all listeners, store storage.Writer, log *slog.Logger) (listeners, error) {
	naming, err := s.Carbon.naming()
	if err != nil {
		return all, err
	}
	trusted, _ := networks(s.Carbon.Trusted)
	c := carbon.Config{
		Store: store, Naming: naming, Log: log, MaxLine: int(s.Carbon.MaxLine), MaxPickle: int(s.Carbon.MaxPickle),
		MaxConnections: int(s.Carbon.MaxConnections), Trusted: trusted, Grace: time.Duration(s.Shutdown.Grace),
	}
	all, err = all.open(ctx, "carbon", "carbon.listen", s.Carbon.Listen, func() *stream.Server { return carbon.Lines(c) })
	if err != nil {
		return all, err
	}
	return all.open(ctx, "carbon_pickle", "carbon.pickle-listen", s.Carbon.PickleListen, func() *stream.Server { return carbon.Pickles(c) })
}

// checkCarbon checks what no single value shows.
func (s *serveCommand) checkCarbon() error {
	if _, err := s.Carbon.naming(); err != nil {
		return err
	}
	if err := s.checkListener("carbon", "carbon.listen", s.Carbon.Listen, s.Carbon.Trusted); err != nil {
		return err
	}
	return s.checkListener("carbon", "carbon.pickle-listen", s.Carbon.PickleListen, s.Carbon.Trusted)
}

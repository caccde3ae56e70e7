package main

import (
	"fmt"
	"regexp"
	"sync/atomic"

	"aion/api"
	"aion/api/remotewrite"
	"aion/storage"
)

// remoteWriteSettings are about Prometheus' remote write, as KairosDB's adapter
// has it.
type remoteWriteSettings struct {
	Prefix      string   `placeholder:"TEXT" help:"Text before the name of every metric that Prometheus sends."`
	DropMetrics []string `placeholder:"PATTERN" help:"Metrics that are passed over: expressions for whole names."`
	DropLabels  []string `placeholder:"PATTERN" help:"Labels that do not become tags: expressions for whole names."`
}

// checkRemoteWrite checks the expressions.
func (s *serveCommand) checkRemoteWrite() error {
	for setting, texts := range map[string][]string{"drop-metrics": s.RemoteWrite.DropMetrics, "drop-labels": s.RemoteWrite.DropLabels} {
		if _, err := wholes(texts); err != nil {
			return fmt.Errorf("--remote-write.%s: %w", setting, err)
		}
	}
	return nil
}

// wholes compiles expressions that are to match whole names.
func wholes(texts []string) ([]*regexp.Regexp, error) {
	var list []*regexp.Regexp
	for _, text := range texts {
		e, err := remotewrite.Whole(text)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// remoteWrite is the protocol, or none where there are no extensions.
func (s *serveCommand) remoteWrite(store storage.Store, figures *api.Figures) []api.Protocol {
	if !s.KairosDB.Extensions {
		return nil
	}
	// The expressions have been checked with the settings.
	metrics, _ := wholes(s.RemoteWrite.DropMetrics)
	labels, _ := wholes(s.RemoteWrite.DropLabels)
	p := remotewrite.New(remotewrite.Config{
		Store: store, Prefix: s.RemoteWrite.Prefix, DropMetrics: metrics, DropLabels: labels, MaxBody: int64(s.HTTP.MaxBody),
	})
	f := p.Figures()
	for _, c := range []struct {
		name, help string
		value      *atomic.Int64
	}{
		{"points", "Samples stored.", &f.Stored},
		{"stale", "Markers that a series has ended, which are passed over.", &f.Stale},
		{"dropped", "Samples of metrics that the settings pass over.", &f.NotSent},
		{"refused", "Samples that are NaN or infinite, or of a series without a name.", &f.Refused},
		{"other", "Histograms and exemplars, which are passed over.", &f.Other},
	} {
		figures.Counter("aion_remote_write_"+c.name+"_total", c.help, func() float64 { return float64(c.value.Load()) })
	}
	return []api.Protocol{p}
}

package api

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// Report stores the figures as points, each under its Prometheus name with its
// labels and the host as tags, every so often until ctx ends. Of a histogram it
// stores sum and count. A round that fails is logged and left out.
func (f *Figures) Report(ctx context.Context, store storage.Writer, host string, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case at := <-tick.C:
			if err := f.store(ctx, store, host, at.UnixMilli()); err != nil && ctx.Err() == nil {
				log.Warn("own figures are not stored", "error", err)
			}
		}
	}
}

// store stores the figures as they are now.
func (f *Figures) store(ctx context.Context, store storage.Writer, host string, at int64) error {
	families, err := f.registry.Gather()
	if err != nil {
		return fmt.Errorf("gather figures: %w", err)
	}
	r := report{at: at}
	for _, family := range families {
		for _, m := range family.Metric {
			tags := points.Tags{{Name: "host", Value: host}}
			for _, l := range m.Label {
				if l.GetValue() != "" && l.GetName() != "host" {
					tags = append(tags, points.Tag{Name: l.GetName(), Value: l.GetValue()})
				}
			}
			tags.Sort()
			switch name := family.GetName(); {
			case m.Counter != nil:
				r.put(name, tags, m.Counter.GetValue())
			case m.Gauge != nil:
				r.put(name, tags, m.Gauge.GetValue())
			case m.Histogram != nil:
				r.put(name+"_sum", tags, m.Histogram.GetSampleSum())
				r.put(name+"_count", tags, float64(m.Histogram.GetSampleCount()))
			case m.Summary != nil:
				r.put(name+"_sum", tags, m.Summary.GetSampleSum())
				r.put(name+"_count", tags, float64(m.Summary.GetSampleCount()))
			}
		}
	}
	return store.Write(ctx, &r.batch)
}

// report is a round of figures on its way to the store.
type report struct {
	batch storage.Batch
	at    int64
}

// put adds a figure, unless it is none.
func (r *report) put(metric string, tags points.Tags, v float64) {
	if !math.IsNaN(v) && !math.IsInf(v, 0) {
		key := points.Key{Metric: metric, Tags: tags, Type: points.TypeDouble}
		r.batch.Put(key, points.Block{Times: []int64{r.at}, Floats: []float64{v}}, 0)
	}
}

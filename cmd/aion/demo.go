package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// The fleet of the demonstration: what it measures, and how often.
const (
	demoDevices = 20
	demoDays    = 61
	demoStep    = 5 * time.Minute // temperature and humidity
	demoCount   = time.Hour       // door counts
	demoStatus  = 6 * time.Hour   // status texts
)

// demoDead is the device whose sensor died three weeks ago.
const demoDead = 13

// demoSites are the places where the devices hang, and their mean temperatures.
var demoSites = [...]struct {
	name string
	mean float64
}{{"berlin", 14}, {"helsinki", 9}, {"lisbon", 19}, {"vienna", 16}}

// fillDemo writes two months of a fleet up to now, the same for the same now,
// and answers how many points. A store that holds anything is left as it is: 0.
func fillDemo(ctx context.Context, store storage.Store, now time.Time) (int, error) {
	for _, err := range store.Metrics(ctx, storage.Selection{}) {
		return 0, err
	}
	total := 0
	for n := 1; n <= demoDevices; n++ {
		d := newDemoDevice(n, now.Truncate(demoStep))
		var b storage.Batch
		d.put(&b, "temperature", points.TypeDouble, d.climate(demoStep, d.temperature))
		d.put(&b, "humidity", points.TypeDouble, d.climate(demoStep, d.humidity))
		d.put(&b, "door_openings", points.TypeLong, d.doors())
		d.put(&b, "status", points.TypeText, d.status())
		if err := store.Write(ctx, &b); err != nil {
			return total, fmt.Errorf("write the demonstration's device %d: %w", n, err)
		}
		total += b.Len()
	}
	return total, nil
}

// demoDevice is one device of the fleet and its past.
type demoDevice struct {
	tags     points.Tags
	mean     float64
	from, to time.Time
	gap      points.Range // when it was silent
	random   *rand.Rand
}

// newDemoDevice is the device of that number, as of now.
func newDemoDevice(n int, now time.Time) *demoDevice {
	site := demoSites[n%len(demoSites)]
	random := rand.New(rand.NewPCG(20, uint64(n))) // #nosec G404 -- sample data, the same at every start
	d := &demoDevice{
		tags:   points.Tags{{Name: "device", Value: fmt.Sprintf("sensor-%02d", n)}, {Name: "site", Value: site.name}},
		mean:   site.mean + random.Float64(),
		from:   now.AddDate(0, 0, -demoDays),
		to:     now,
		random: random,
	}
	silent := d.from.Add(time.Duration(random.IntN(demoDays-10)) * 24 * time.Hour)
	d.gap = points.Range{From: silent.UnixMilli(), To: silent.Add(time.Duration(1+random.IntN(40)) * time.Hour).UnixMilli()}
	if n == demoDead {
		d.to = now.AddDate(0, 0, -21)
	}
	return d
}

// put adds the points as one series of the device.
func (d *demoDevice) put(b *storage.Batch, metric, stored string, block points.Block) {
	b.Put(points.Key{Metric: metric, Tags: d.tags, Type: stored}, block, 0)
}

// each calls f for every step at which the device was awake.
func (d *demoDevice) each(step time.Duration, f func(at int64, t time.Time)) {
	for t := d.from; !t.After(d.to); t = t.Add(step) {
		if at := t.UnixMilli(); !d.gap.Holds(at) {
			f(at, t)
		}
	}
}

// climate is a value that follows the day and strays a little, with one decimal.
func (d *demoDevice) climate(step time.Duration, value func(day, stray float64) float64) points.Block {
	var b points.Block
	b.Reset(points.Number)
	stray := 0.0
	d.each(step, func(at int64, t time.Time) {
		stray += 0.15*d.random.NormFloat64() - 0.02*stray
		day := math.Sin(2 * math.Pi * (float64(t.Hour()*60+t.Minute())/1440 - 0.375))
		b.AppendFloat(at, math.Round(10*value(day, stray))/10)
	})
	return b
}

// temperature in degrees Celsius, warmest in the afternoon.
func (d *demoDevice) temperature(day, stray float64) float64 { return d.mean + 4*day + stray }

// humidity in per cent, lowest when it is warm.
func (d *demoDevice) humidity(day, stray float64) float64 {
	return min(max(62-11*day+3*stray, 15), 100)
}

// doors counts how often a door was opened in each hour: by day, hardly ever at
// weekends.
func (d *demoDevice) doors() points.Block {
	var b points.Block
	b.Reset(points.Number)
	d.each(demoCount, func(at int64, t time.Time) {
		busy := 0
		switch weekend := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday; {
		case t.Hour() < 7 || t.Hour() > 19:
		case weekend:
			busy = d.random.IntN(3)
		default:
			busy = 5 + d.random.IntN(40)
		}
		b.AppendInt(at, int64(busy))
	})
	return b
}

// status is what the device says of itself.
func (d *demoDevice) status() points.Block {
	var b points.Block
	b.Reset(points.Text)
	d.each(demoStatus, func(at int64, t time.Time) {
		switch {
		case d.to.Sub(t) < 4*24*time.Hour && d.random.IntN(5) == 0:
			b.AppendText(at, "battery low")
		case d.random.IntN(60) == 0:
			b.AppendText(at, "restarted")
		default:
			b.AppendText(at, "ok")
		}
	})
	return b
}

// tryDemo prints three requests to paste.
func tryDemo(to io.Writer, address string) error {
	_, err := fmt.Fprintf(to, `Three requests to try:

  # one device's last hour, point by point
  curl -s http://%[1]s/api/v1/datapoints/query -d '{"start_relative": {"value": 1, "unit": "hours"}, "metrics": [{"name": "temperature", "tags": {"device": ["sensor-01"]}}]}'

  # the last day's hourly averages of every device
  curl -s http://%[1]s/api/v1/datapoints/query -d '{"start_relative": {"value": 1, "unit": "days"}, "metrics": [{"name": "temperature", "aggregators": [{"name": "avg", "sampling": {"value": 1, "unit": "hours"}}], "group_by": [{"name": "tag", "tags": ["device"]}]}]}'

  # which devices and sites there are
  curl -s http://%[1]s/api/v1/datapoints/query/tags -d '{"start_relative": {"value": 2, "unit": "months"}, "metrics": [{"name": "temperature"}]}'

`, address)
	return err
}

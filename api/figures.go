package api

import (
	"cmp"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"aion/storage"
)

// Figures are what /metrics shows: Go's runtime, the process, requests, and what
// the store does. They live in a registry of their own, so that two servers in
// one process do not meet.
type Figures struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	bytes    prometheus.Counter
	inFlight prometheus.Gauge
	meter    *meter
	outcomes atomic.Pointer[map[answered]outcome] // nil: none yet
}

// NewFigures are figures at zero.
func NewFigures() *Figures {
	f := &Figures{
		registry: prometheus.NewRegistry(),
		meter:    new(meter),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aion_http_requests_total", Help: "Requests answered, by method, route and status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "aion_http_request_duration_seconds", Help: "From a request's head to its answer's last byte, by route.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 4, 10),
		}, []string{"route"}),
		bytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "aion_http_response_bytes_total", Help: "Bytes of the bodies of answers.",
		}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "aion_http_requests_in_flight", Help: "Requests under way.",
		}),
	}
	f.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		f.requests, f.seconds, f.bytes, f.inFlight, f.meter,
	)
	return f
}

// Meter counts what a store does, for storage.Measured.
func (f *Figures) Meter() storage.Meter { return f.meter }

// Gauge shows, under a name that nobody else has, what value tells when somebody
// asks.
func (f *Figures) Gauge(name, help string, value func() float64) {
	f.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

// Counter is Gauge for what never falls.
func (f *Figures) Counter(name, help string, value func() float64) {
	f.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
}

// handler shows the figures in Prometheus' text form.
func (f *Figures) handler() http.Handler {
	return promhttp.HandlerFor(f.registry, promhttp.HandlerOpts{})
}

// began counts a request that has begun; ended counts its end.
func (f *Figures) began() { f.inFlight.Inc() }

// ended counts the end of a request that was answered so, with so many bytes of body.
func (f *Figures) ended(a answered, bytes int64, took time.Duration) {
	f.inFlight.Dec()
	o := f.of(a)
	o.requests.Inc()
	o.seconds.Observe(took.Seconds())
	f.bytes.Add(float64(bytes))
}

// answered is what requests that were answered are told apart by.
type answered struct {
	method, route string
	status        int
}

// outcome is what those that are told apart by nothing are counted with.
type outcome struct {
	requests prometheus.Counter
	seconds  prometheus.Observer
}

// of finds what counts such requests. Those that came before are found without the
// registry, whose way from words to a counter is longer than all else that is counted.
func (f *Figures) of(a answered) outcome {
	a.method = knownMethod(a.method)
	known := f.outcomes.Load()
	if known != nil {
		if o, ok := (*known)[a]; ok {
			return o
		}
	}
	key := a
	key.route, key.method = strings.Clone(a.route), strings.Clone(a.method) // which may be a part of the request's text
	route := cmp.Or(key.route, "none")
	o := outcome{f.requests.WithLabelValues(key.method, route, strconv.Itoa(a.status)), f.seconds.WithLabelValues(route)}
	more := map[answered]outcome{key: o}
	if known != nil {
		maps.Copy(more, *known)
	}
	f.outcomes.CompareAndSwap(known, &more) // who has added another meanwhile leaves this one to the next
	return o
}

// knownMethod keeps made-up methods from making figures without end.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch:
		return method
	}
	return "other"
}

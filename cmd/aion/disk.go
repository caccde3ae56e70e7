package main

import (
	"aion/api"
	"aion/storage/pebble"
)

// showDisk shows how the embedded engine and its disk are.
func showDisk(figures *api.Figures, store *pebble.Store) {
	for _, g := range []struct {
		name, help string
		value      func(pebble.State) float64
	}{
		{"aion_disk_used_bytes", "Bytes on disk of the tables and logs in the data folder.", func(s pebble.State) float64 { return float64(s.Size) }},
		{"aion_disk_free_bytes", "Bytes that the data folder's file system has free.", func(s pebble.State) float64 { return float64(s.Free) }},
		{"aion_disk_writable", "Whether writes are taken: 1, or 0 when the disk is full or has failed.", func(s pebble.State) float64 { return whether(s.Writable) }},
		{"aion_disk_healthy", "Whether all is well with the data folder: 1 or 0; /api/v1/health/status says what is not.", func(s pebble.State) float64 { return whether(s.Healthy) }},
	} {
		figures.Gauge(g.name, g.help, func() float64 { return g.value(store.State()) })
	}
	figures.Counter("aion_disk_damaged_total", "How often damaged data were met, the same ones more than once; aion verify lists them.",
		func() float64 { return float64(store.State().Damaged) })
}

// whether is 1 for yes and 0 for no.
func whether(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

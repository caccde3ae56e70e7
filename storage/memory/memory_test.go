package memory_test

import (
	"testing"

	"aion/storage"
	"aion/storage/memory"
	"aion/storage/storagetest"
)

// driver is this package's driver for the suite.
func driver() storagetest.Driver {
	return storagetest.Driver{
		Open: func(_ testing.TB, _ string, now storage.Now) storage.Store {
			return memory.New(memory.Config{Now: now})
		},
		Forgets: true,
	}
}

// TestContract holds the driver to the suite.
func TestContract(t *testing.T) { storagetest.Run(t, driver()) }

// TestRecords holds the driver's records to the suite.
func TestRecords(t *testing.T) { storagetest.Records(t, driver()) }

// BenchmarkStore measures the driver.
func BenchmarkStore(b *testing.B) { storagetest.Bench(b, driver()) }

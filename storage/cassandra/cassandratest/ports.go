package cassandratest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// storageOffset is what a node's storage port is above its CQL port.
const storageOffset = 10000

// freePorts finds a port that is free on all the addresses, and free again
// offset above it. It lies below what the system hands out to clients, so that a
// server that is away for a while finds its port free when it comes back.
func freePorts(offset int, addresses ...string) (int, error) {
	var last error
	for range 100 {
		port := 12000 + rand.IntN(10000)
		if last = free(addresses, port, port+offset); last == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("find a free port: %w", last)
}

// free is an error if one of the ports is taken on one of the addresses.
func free(addresses []string, ports ...int) error {
	for _, address := range addresses {
		for _, port := range ports {
			l, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(port)))
			if err != nil {
				return err
			}
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				return err
			}
		}
	}
	return nil
}

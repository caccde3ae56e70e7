package cassandra

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage/points"
)

// passing tells whether what failed may succeed when it is tried again.
func passing(err error) bool {
	var request gocql.RequestError
	if errors.As(err, &request) {
		switch request.Code() {
		case gocql.ErrCodeUnavailable, gocql.ErrCodeOverloaded, gocql.ErrCodeBootstrapping, gocql.ErrCodeServer,
			gocql.ErrCodeWriteTimeout, gocql.ErrCodeReadTimeout, gocql.ErrCodeReadFailure, gocql.ErrCodeWriteFailure, gocql.ErrCodeTruncate:
			return true
		}
		return false
	}
	var network net.Error
	return errors.Is(err, gocql.ErrTimeoutNoResponse) || errors.Is(err, gocql.ErrConnectionClosed) || errors.Is(err, gocql.ErrNoConnections) ||
		errors.Is(err, gocql.ErrUnavailable) || errors.Is(err, gocql.ErrSessionClosed) || errors.Is(err, gocql.ErrNoStreams) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &network)
}

// refused tells whether the server has understood a request and will not do it,
// now or later.
func refused(err error) bool {
	var request gocql.RequestError
	return errors.As(err, &request) && request.Code() == gocql.ErrCodeInvalid
}

// unready tells whether a request was refused for the state that the server is
// in and not for what it asks: a table or the keyspace is not there, as while an
// operator restores them, or the disks are fuller than a guardrail allows.
func unready(err error) bool {
	text := err.Error()
	return strings.HasSuffix(text, " does not exist") || strings.HasPrefix(text, "unconfigured table") ||
		strings.Contains(text, "disk usage exceeds")
}

// translate turns what the driver library answers into the errors of package
// points. The caller's own end stays what it is.
func (c *conn) translate(ctx context.Context, what string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case refused(err) && !unready(err):
		return points.Invalid("%s: Cassandra refuses it: %v", what, err)
	}
	return fmt.Errorf("%s: %w: %s: %w", what, points.ErrUnavailable, c.cluster, err)
}

//go:build amd64 || arm64

package chunk

// prefetch asks for the fetchSize bytes from p on, and does not wait for them. Where
// there is no memory it does nothing.
//
//go:noescape
func prefetch(p *byte)

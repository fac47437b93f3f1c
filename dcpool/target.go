package dcpool

import "fmt"

// Kind says which connections of a data center serve a call.
type Kind uint8

const (
	// Main connections carry ordinary methods.
	Main Kind = iota
	// Media connections carry file traffic, to media-only endpoints where the
	// data center has them. FILE_MIGRATE there is the caller's business.
	Media
	// CDN connections go to a CDN data center, without a login. Only
	// upload.getCdnFile works there.
	CDN
)

func (k Kind) String() string {
	switch k {
	case Main:
		return "main"
	case Media:
		return "media"
	case CDN:
		return "cdn"
	default:
		return fmt.Sprintf("Kind(%d)", uint8(k))
	}
}

// ConnID names a connection of a Pool; 0 names none. Ids are not reused.
type ConnID uint64

// Target says where a call goes. The zero value is the home data center.
type Target struct {
	// DC is the id of the data center; 0 is the home data center, wherever it
	// moves.
	DC int
	// Kind is the kind of connection.
	Kind Kind
	// Avoid names a connection not to use if another can be had.
	Avoid ConnID
	// Bytes is the expected size of the answer, which counts against the window
	// of its connection; 0 is a small one. What came is what an out with a method
	// Size() int says.
	Bytes int
	// First lets the call go before others that wait for a connection, but for those
	// that have waited for a second.
	First bool
	// OnConn, if set, is told the connection each time the call is given to one.
	// It must not block.
	OnConn func(ConnID)
	// NoFloodWait makes a flood a *FloodError at once, in place of a wait, so that
	// the caller can give back what it holds before [Pool.AwaitFlood].
	NoFloodWait bool
}

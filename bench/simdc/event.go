package simdc

import "time"

// Values of Event.Event.
const (
	EventOpen      = "open"
	EventReady     = "ready" // the transport is known
	EventClose     = "close"
	EventHandshake = "handshake"
	EventRequest   = "request" // was handled; its answer may still wait
	EventAnswer    = "answer"  // an rpc_error went out whole
	EventRange     = "range"   // bytes of a file went out
)

// Event is one line of the log that a cluster writes to Options.Log.
type Event struct {
	Event    string    `json:"event"`
	Time     time.Time `json:"time"`
	DC       int       `json:"dc"`
	Endpoint string    `json:"endpoint"` // "main" or "media"
	Conn     int       `json:"conn"`     // the n-th of its endpoint, from 1

	Remote    string      `json:"remote,omitempty"`    // open
	Transport string      `json:"transport,omitempty"` // ready
	HeaderDC  int         `json:"header_dc,omitempty"` // ready
	Reason    string      `json:"reason,omitempty"`    // close
	Handshake *Handshake  `json:"handshake,omitempty"`
	Request   *RequestLog `json:"request,omitempty"` // request and answer
	Range     *Range      `json:"range,omitempty"`
}

// RequestLog is one request of the API.
type RequestLog struct {
	Method string `json:"method"`
	// Device is the device_model of an initConnection around it.
	Device string `json:"device,omitempty"`
	// Login is the account that logged in with it, Import the one whose login
	// was imported.
	Login  int64 `json:"login,omitempty"`
	Import int64 `json:"import,omitempty"`
	// File is the id of the file whose bytes it asks for.
	File int64 `json:"file,omitempty"`
	// Fault is the Do of the [scenario.Fault] that struck it.
	Fault string `json:"fault,omitempty"`
	// Err is the rpc_error that answers it.
	Err string `json:"rpc_error,omitempty"`
}

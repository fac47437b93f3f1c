package mtserve

import "time"

// Observer is told what happens on a server. Its methods are called from the
// goroutines of connections, concurrently, and must be quick. Embed
// [NopObserver] to implement only some.
type Observer interface {
	// ConnOpened is called when a connection was accepted. Its transport is
	// not known yet. The Observer may keep the Conn to control it.
	ConnOpened(c *Conn)
	// ConnReady is called when the transport (and header DC) is known.
	ConnReady(c *Conn)
	// ConnClosed is called once, with what ended the connection.
	ConnClosed(c *Conn, reason error)
	// Exchanged is called when a key exchange succeeded or was refused.
	Exchanged(c *Conn, e Exchange)
	// Received is called before the Handler, when a query was read: for one
	// query of a connection after the other. The Request's Body may be looked
	// at, but not consumed or changed.
	Received(r *Request)
	// Answered is called when the last byte of an answer was written, or when
	// writing it failed. An answer that was dropped before is not reported.
	Answered(r *Request, a Answer)
}

// Exchange describes one key exchange.
type Exchange struct {
	KeyID       [8]byte
	Fingerprint int64 // of the RSA key that the client chose
	InnerDC     int   // DC id in p_q_inner_data_dc; 0 if the client sent none
	Temporary   bool
	Started     time.Time // when the first req_pq was read
	Ended       time.Time
	Err         error // nil on success
}

// Answer describes how the answer to a query left.
type Answer struct {
	MsgID int64
	// First and Last are when the first byte of the answer's frame was about
	// to be handed to the connection and when its last byte had been taken.
	First, Last time.Time
	// Bytes is the size of the frame on the wire.
	Bytes int
	// Repeated says that the same answer had been sent before.
	Repeated bool
	// Err is why the answer did not leave: the Handler's error is not one.
	Err error
}

// NopObserver is an Observer that does nothing.
type NopObserver struct{}

// ConnOpened implements Observer.
func (NopObserver) ConnOpened(*Conn) {}

// ConnReady implements Observer.
func (NopObserver) ConnReady(*Conn) {}

// ConnClosed implements Observer.
func (NopObserver) ConnClosed(*Conn, error) {}

// Exchanged implements Observer.
func (NopObserver) Exchanged(*Conn, Exchange) {}

// Received implements Observer.
func (NopObserver) Received(*Request) {}

// Answered implements Observer.
func (NopObserver) Answered(*Request, Answer) {}

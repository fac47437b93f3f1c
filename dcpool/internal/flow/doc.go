// Package flow decides how much one DC is asked for at once: how many bytes may
// be in flight on a connection ([Window]), how many connections are worth having
// ([Growth]), and which connection is not worth keeping ([Laggard]).
//
// All three are values without locks, goroutines or clocks: they are told what
// happened and when, and answer what to do. Their owner serialises the calls.
//
// What they aim for is a full path with a short queue. A request that waits in
// the server's or the path's queue brings nothing sooner, delays the small calls
// behind it, and is lost with its connection.
package flow

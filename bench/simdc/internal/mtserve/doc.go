// Package mtserve is the server side of MTProto 2.0: one [Server] is one data
// center as seen from one endpoint. It accepts TCP connections, detects their
// transport, runs the key exchange, keeps sessions, refuses what Telegram
// refuses at this level, and hands every query to a [Handler].
//
//	keys := mtserve.NewKeyTable()
//	srv := mtserve.NewServer(mtserve.Config{
//		DC: 2, RSAKeys: []*rsa.PrivateKey{key}, Keys: keys, Handler: handler,
//	})
//	err := srv.Serve(ctx, listener) // until ctx ends; waits for its goroutines
//
// Endpoints of one data center share a [KeyTable]: keys and sessions made on
// one are known on the others. The flow of one connection is
//
//	bytes ─► transport ─► frame ─► key ─► decrypt ─► session checks ─► Handler ─► queue ─► writer ─► bytes
//
// The reader of a connection does everything up to the Handler, each query
// runs in a goroutine of its own (bounded per connection), and one writer per
// connection encodes and encrypts answers as they complete, so answers leave
// in the order in which they are ready.
//
// # What a Handler needs to know
//
// [Request.Body] holds the query as the client sent it, unpacked from gzip and
// containers but not from invokeWithLayer and its relatives; those belong to
// the API. It is valid only during the call. The returned encoder is called by
// the writer, directly into the pooled buffer from which the frame is encrypted
// chunk by chunk, so a large answer is not copied; it may be called again when
// the answer is repeated and must then produce the same bytes. An encoder that
// also implements [Incompressible], as file contents should, is never packed
// with gzip and never shares a frame. An error that is a *tgerr.Error becomes
// an rpc_error; any other becomes 500 INTERNAL.
//
// State of the API layer hangs on the objects it belongs to: [Key.Value]
// (who is logged in; use [Key.Owner] so that a bound temporary key counts as
// its permanent one), [Session.Value] and [Conn.Value] (initConnection). Each
// value is created once and guards itself.
//
// Faults are injected with [Request.Fault], [KeyTable.Forget], [Conn.CutAfter],
// [Conn.Stall], [Conn.SendTransportError], [Conn.SendRaw] and
// [Conn.SendUnframed]; links are shaped below, by a listener that wraps its
// connections.
//
// # What it does not promise
//
// Sessions and salts live in memory and are bounded; nothing is persisted.
// HTTP and WebSocket transports and MTProxy secrets are not served.
package mtserve

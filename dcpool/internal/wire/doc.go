// Package wire is one MTProto connection: framing, obfuscation, the exchange
// of an authorization key, encrypted messages, sessions and service messages,
// over a net.Conn that somebody else dialled.
//
// Most callers need three calls:
//
//	link, err := wire.NewLink(nc, wire.LinkOptions{DC: 4})   // framing; nothing is sent yet
//	res, err := wire.Exchange(ctx, link, keys, wire.ExchangeOptions{DC: 4}) // only without a stored key
//	conn := wire.NewConn(ctx, link, wire.Options{Key: res.Key})
//	err = conn.Do(ctx, &tg.UploadGetFileRequest{…}, &answer)
//
// Data flow of an answer: socket → counted → frame in a pooled buffer →
// decrypted in place → msg_key checked → decoded in place by the caller's
// bin.Decoder. So the bytes of a file are copied once, from the frame into the
// caller's memory, and the frame goes back to its pool.
//
// A Conn has two goroutines, a reader and a writer that is also its timer; both
// have ended when Close returns. Do never touches the socket, so cancelling it
// returns at once even while a write is blocked on a silent peer.
//
// What the package does not do: dial, choose an address, reconnect, wait for
// floods, follow migrations, or keep anything on disk. A lost key, a transport
// error or a stall ends the Conn with a typed error and the owner decides.
//
// See https://core.telegram.org/mtproto.
package wire

// Package hostile is a Telegram that means no good: data centers, a CDN, an account and three
// files, which behave well until one of the [Attack]s of [Table] strikes, or until a seed
// turns any answer into something else ([Server.Seed]).
//
// It is for tests that judge clients from outside. It shares no code with the simulator or with
// tgfetch: transports, key exchange, cipher and types are gotd's, the rest is written here, so that a
// mistake in how tgfetch reads the protocol is not repeated in what attacks it.
//
// A conversation has [Moment]s. At each one the server has something honest to send, in
// [Strike.Honest], and an attack sends what it likes instead: bytes of the stream, frames,
// messages, answers. A connection of the server is served by one goroutine, and a second
// one reads.
package hostile

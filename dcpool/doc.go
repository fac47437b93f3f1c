// Package dcpool keeps authorized connections to every data center of a
// Telegram account and sends calls over them.
//
// Most callers need [New], [Pool.Do] and [Pool.Close]:
//
//	pool, err := dcpool.New(dcpool.Config{APIID: id, APIHash: hash, Store: store})
//	...
//	defer pool.Close()
//	err = pool.Do(ctx, dcpool.Target{DC: 4, Kind: dcpool.Media, Bytes: 1 << 20}, request, &answer)
//
// and [Pool.Invoker] for code written against gotd's tg.Client, login included.
// [Pool.Stats] shows what it does, to be polled, and [Pool.Events] tells the rare facts.
//
// # The life of a call
//
//  1. [Pool.Do] reads the session first, once (pool.go), and finds the data center (options.go, home.go).
//  2. The flood gate of the method lets it through, or it waits (flood.go, rate.go). See call.go for all that follows.
//  3. The data center has a key (key.go) and, other than home, a login (auth.go). Both are made once for all callers
//     (flight.go).
//  4. Its group gives it a connection with room, or opens one (group.go, pick.go).
//  5. The answer is decoded within bounds (answer.go), or classify.go decides, without side effects, what the failure leads
//     to. Its table lists every fault with its bound. What is left to the caller is an error documented at Do.
//
// # The life of a connection
//
//  1. Addresses: the directory lists those of help.getConfig before the first ones (options.go, address.go, network.go), or
//     those of an MTProxy (relay.go).
//  2. Health: addresses that failed rest, and each has the transport that worked there last (endpoint.go).
//  3. Dial: the best address, and after a while the next one beside it (race.go, connect.go), as Happy Eyeballs does.
//  4. Key: one exchange for each data center, on the link that was dialled (key.go); with Config.PFS a temporary key is
//     made and bound on it (pfs.go).
//  5. First queries are wrapped in initConnection (initconn.go). The first answer proves the key, the eighth the transport.
//  6. Sharing: calls wait in the group; the emptiest window wins (group.go, pick.go). How large windows are and how many
//     connections there are is decided in internal/flow, and remembered (windows.go, advice.go). A connection that is much
//     slower than its siblings is replaced (watch.go).
//  7. Trouble: a key that a server does not know is doubted at other addresses before it is replaced (doubt.go). A CDN
//     out of reach is left alone for a while (cdnrest.go).
//  8. End: idle for a minute, dead, or Pool.Close (conn.go, pool.go), which waits for every goroutine and then flushes the
//     state.
//
// # Locks
//
// No lock is held over a dial, a call, a sleep or the Store. They are taken in this order:
//
//	flight.mu, or the Store's own lock → Pool.mu → group.mu → wire.Conn.mu
//	dc.mu → directory.mu or endpoints.mu
//
// Those of gates, cdnKeys, cdnRests, queues and windows are held for their own fields alone, and events.mu, the last of
// all, may be taken under any. Goroutines start through Pool.spawn alone, which takes Pool.mu: never under group.mu.
//
// One key exchange and one import of the authorization serve all callers of a
// data center, however many they are, and both are kept in the session.Store.
//
// The package does not know files: splitting them into parts, following
// FILE_MIGRATE, refreshing references and checking contents is its callers' work.
package dcpool

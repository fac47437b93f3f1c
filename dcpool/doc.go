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
// The way of a call:
//
//	Do ─► flood gate ─► authorization of the data center ─► connection picked or dialled
//	   ─► answer ─► classify: done, the caller's business, or what to do before the next try
//
// One key exchange and one import of the authorization serve all callers of a
// data center, however many they are, and both are kept in the session.Store.
// What Do does about a fault is decided in one pure function, see classify.go;
// what is left to the caller is an error documented at Do.
//
// The package does not know files: splitting them into parts, following
// FILE_MIGRATE, refreshing references and checking contents is its callers' work.
package dcpool

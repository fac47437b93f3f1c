// Package simdc is Telegram in a box: several data centers that speak MTProto
// over TCP, with accounts, chats and files of any size, on links of any
// quality. It is for testing and measuring clients, of any make.
//
//	cluster, err := simdc.Start(ctx, simdc.Options{})
//	…
//	defer cluster.Close()
//	err = cluster.WriteFile("cluster.json")
//
// The cluster file has what a client must be told: addresses and RSA keys of
// the DCs, an api_id and api_hash, accounts to log in with, and links with the
// size and SHA-256 of what they lead to. What the client did is in
// [Cluster.Log].
//
// TDLib, gotd, gogram, mtcute and GramJS log in to it and fetch files; package
// simdctest/judges holds that. Package simdctest is a suite that servers of any
// make can be put to.
//
// # What is simulated
//
// Everything a downloader meets: logging in with phone, code and password, as
// a bot or by QR code; PHONE_MIGRATE, USER_MIGRATE and FILE_MIGRATE; logins
// exported to other DCs; peers with access hashes; channels, albums and saved
// messages; basic groups; comments and forum topics; stories, pictures of users and
// chats, sticker sets, polls, web pages and invite links; documents, videos and photos with their file references; offset
// and limit rules; hashes; media-only endpoints; CDN DCs with redirects,
// encryption and re-uploads. What Telegram refuses is refused with the same
// errors, and a method that the simulator lacks with
// 400 INPUT_METHOD_INVALID.
//
// The bytes of a file are computed from its id and the offset ([Content]), so
// 4 GiB cost neither memory nor disk and every byte can be checked.
//
// The flow of a request:
//
//	TCP ─► shaped link ─► MTProto ─► wrappers ─► method ─► may it be asked here, by whom? ─► faults ─► answer
//
// # What is not
//
// The world stands still: nothing is sent, edited or uploaded, and there are
// no updates but the one that ends a QR login. Types are those of the layer of
// gotd/td; to clients of older layers, from 190 on, users, channels, messages
// and their like are told in the constructors they know, and older ones are
// refused. What official clients ask of reactions, themes, stickers and the
// like is answered with empty lists. Some rules are
// stricter than a live server's and some, where the live server's behaviour
// was never seen, are guesses:
//
//   - Account methods on a DC that is not the account's home answer
//     USER_MIGRATE; who one is can be asked anywhere.
//   - Methods about CDN tokens on a DC that is not the file's answer FILE_MIGRATE.
//   - A message request returns 100 messages at most.
//
// # Scenarios and faults
//
// Package scenario says what there is, and what goes wrong: as a preset, as Go
// or as JSON. Faults are in the scenario or set while the cluster runs
// ([Cluster.SetFaults], [Cluster.AddFault]).
//
// Besides, [Cluster.MoveName], [Cluster.ExpireReferences], [Cluster.InvalidateTokens],
// [Cluster.RotateKey], [Cluster.SetOptions], [Cluster.StopDC],
// [Cluster.StartDC] and [Cluster.MoveDC] change the cluster at once.
package simdc

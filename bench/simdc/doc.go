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
// # Scenarios
//
// A [Scenario] says what there is; [DefaultScenario] and [DemoScenario] are
// presets. As JSON, with every list shortened to one element:
//
//	{
//	  "base": "default",                  // start from a preset; what follows replaces its fields
//	  "seed": 1,                          // varies access hashes and tokens
//	  "api_id": 17349, "api_hash": "…",
//	  "link": {                           // the path to every DC
//	    "rtt": "40ms",
//	    "rate": "10MB",                   // bytes per second of each connection and direction
//	    "dc_rate": "80MB",                // of all connections to a DC
//	    "account_rate": "4MB",            // of all connections that an account is logged in on
//	    "cut_after": "20MB",              // bytes to the client until a connection is closed
//	    "fast_bytes": "16KiB",            // the first of each connection, which no rate bounds
//	    "burst": "100KB", "pause": "20s", // after each so many bytes nothing comes for so long
//	    "drip": 1,                        // bytes that leave at once
//	    "conns": [{"n": 3, "rate": "200KB"}]  // exceptions: the third connection of each endpoint
//	  },
//	  "split_ranges": [500],              // see invokeWithMessagesRange
//	  "hash_batch": 8,                    // hash windows per answer
//	  "layer": 0,                         // answer in this layer, whatever clients ask for
//	  "app_config": {"large_queue_max_active_operations_count": 2},  // numbers of help.getAppConfig
//	  "dcs": [{"id": 4, "media": true, "cdn": false, "away": false, "key": "shared", "link": {}, "media_link": {},
//	    "addresses": [{"media_only": false, "tcpo_only": false, "static": false, "other_ports": false, "secret": "dd…"}],
//	    "clock": "-2h", "salt_period": "10s", "key_spread": "0s", "no_gzip": false}],
//	  "accounts": [{"id": 7001, "home_dc": 1, "phone": "+9996610001", "code": "11111", "auth_restarts": 0,
//	    "codes": [{"via": "app", "timeout": "60s"}, {"via": "missed_call", "code": "1234", "shown": "+99955"}],  // each resent as the next
//	    "password": "", "password_hint": "", "recovery_email": "",
//	    "name": "Ada", "username": "simada", "premium": false,
//	    "allowance": {"rate": "4MB", "burst": "16MiB", "wait": 3, "busy_after": 20, "busy_for": "10s"}, "saved": [{"id": 1, "file": 3005, "with": 0}],
//	    "stories": [{"id": 1, "text": "…", "file": 1001, "unknown": false}], "photos": [1002]}],      // or, for a bot, a "bot_token": "…"
//	  "chats": [{"id": 1500000001, "title": "Files", "username": "simfiles", "group": false, "forum": false, "discussion": 0,
//	    "usernames": [{"name": "sold", "inactive": false}], "min": false, "migrated_from": 4000,
//	    "members": [7001], "left": [7002], "closed": false, "invite": "hash", "stories": [], "basic": false, "photo": 1001,
//	    "pinned": false, "archived": false,
//	    "messages": [{"id": 2, "text": "…", "date": 0, "album": 51, "file": 1001, "deleted": false, "count": 1,
//	      "topic": 0, "topic_title": "…", "unknown": false, "post": 0, "web_page": "https://…", "poll": [], "alternatives": [2003],
//	      "live": 2001, "cover": 1001}]}],
//	  "sticker_sets": [{"id": 6001, "name": "SimStickers", "title": "…", "files": [3002], "thumb": 1001}],
//	  "files": [{"id": 1001, "size": "64KiB", "dc": 4, "stated_dc": 2, "stated_size": 0, "motion": 0, "kind": "video", "name": "a.mp4", "names": [], "mime": "video/mp4",
//	    "lines": 720, "cdn": true, "cdn_hashes": "some", "reupload": true, "no_hashes": false, "count": 1, "sha256": ""}],
//	  "faults": [{"do": "error", "code": 420, "text": "FLOOD_WAIT_3", "method": "files", "first": 200, "every": 200}],
//	  "turned": ["full-last-window"]      // beliefs about Telegram of which the opposite holds here
//	}
//
// JSON has no comments; unknown fields are errors. Sizes and rates are numbers
// of bytes or strings with a unit: "10MB" is 10,000,000 and "64KiB" 65,536.
// The comments at the fields of [Scenario], [Link], [DC], [Account], [Chat],
// [Message], [Story], [StickerSet], [File], [Fault] and [Belief] are the reference.
//
// # Faults
//
// A [Fault] says what goes wrong and for which requests: on which DC,
// endpoint and connection, for which method, account, file or hash window,
// from how many parallel requests on, from which request on, how often, how
// many in a row. Faults are in the scenario or set while the cluster runs
// ([Cluster.SetFaults], [Cluster.AddFault]). Some scripts:
//
//	{"do": "error", "code": 303, "text": "NETWORK_MIGRATE_5", "method": "help.getConfig", "times": 1}
//	{"do": "error", "code": 303, "text": "FILE_MIGRATE_5", "dc": 4},     // two DCs that point at
//	{"do": "error", "code": 303, "text": "FILE_MIGRATE_4", "dc": 5}      // each other for ever
//	{"do": "error", "code": 420, "text": "FLOOD_PREMIUM_WAIT_5", "method": "files", "parallel": 9}
//	{"do": "error", "code": -503, "text": "Timeout", "first": 50, "every": 200, "burst": 20}
//	{"do": "forget_key", "dc": 4, "method": "files", "first": 100, "times": 1}   // −404 in mid-transfer
//	{"do": "delay", "delay": "2s", "endpoint": "media", "account": 7001}
//	{"do": "stall", "dc": 4, "conn": 3, "bytes": 65536}
//	{"do": "flip", "dc": 203, "every_window": 8, "once_per_window": true}
//	{"do": "stop_dc", "to": 203, "method": "upload.getCdnFile", "first": 20, "times": 1}   // the CDN vanishes
//	{"do": "start_dc", "to": 203, "method": "upload.getFile", "first": 5, "times": 1}      // and comes back
//	{"do": "move_dc", "to": 4, "method": "files", "first": 50, "times": 1}     // help.getConfig has the new addresses
//	{"do": "rotate_key", "to": 203, "method": "upload.getFile", "times": 1}
//	{"do": "empty", "method": "upload.getFileHashes"}
//	{"do": "move_name", "text": "simfiles", "peer": 1600000002, "method": "channels.getMessages", "first": 2, "times": 1}
//	{"do": "redirect", "method": "upload.getFile"},                      // to the CDN and back,
//	{"do": "token", "method": "upload.getCdnFile"}                       // for ever
//
// The last six of the Do constants are what only a hostile server does.
//
// Besides, [Cluster.MoveName], [Cluster.ExpireReferences], [Cluster.InvalidateTokens],
// [Cluster.RotateKey], [Cluster.SetOptions], [Cluster.StopDC],
// [Cluster.StartDC] and [Cluster.MoveDC] change the cluster at once.
package simdc

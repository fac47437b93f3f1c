// Package scenario describes a simulated Telegram, as plain data: what there is
// ([Scenario]), what goes wrong ([Fault]), and which beliefs about Telegram are
// turned round ([Belief]). Package simdc runs it.
//
//	world := scenario.Default()
//	world.Faults = []scenario.Fault{{Do: scenario.DoFlip, Method: "upload.getFile", Times: 1}}
//	cluster, err := simdc.Start(ctx, simdc.Options{Scenario: &world})
//
// [Default] and [Demo] are presets, [Read] and [Parse] take JSON.
//
// # JSON
//
// As JSON, with every list shortened to one element:
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
// many in a row. Some scripts:
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
package scenario

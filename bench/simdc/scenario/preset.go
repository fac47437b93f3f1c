package scenario

import "time"

// Ids of the presets' accounts and chats.
const (
	Ada           = 7001 // home DC 1
	Ben           = 7002 // home DC 2
	Cleo          = 7003 // home DC 5, with a password
	Bot           = 7004 // home DC 4
	FilesChannel  = 1500000001
	ClubChannel   = 1600000002
	ClosedChannel = 1700000003
)

// Default is unshaped and holds something of everything: accounts
// with and without a password on several home DCs and a bot; in the public
// channel t.me/simfiles an album, videos with a right and a stale DC, CDN
// documents and awkward sizes up to 4 GiB; a private channel; a closed one.
func Default() Scenario {
	return Scenario{
		APIID:       17349,
		APIHash:     "344583e45741c457fe1862106095a5eb",
		DCs:         presetDCs(),
		Accounts:    presetAccounts(),
		Files:       append(demoFiles(), moreFiles()...),
		StickerSets: []StickerSet{{ID: 6001, Name: "SimStickers", Title: "Simulated stickers", Files: []int64{3002, 3007}}},
		Chats: []Chat{
			{
				ID: FilesChannel, Title: "Simulated files", Username: "simfiles",
				Messages: append(demoMessages(), moreMessages()...), Stories: []Story{{ID: 1, Text: "A document", File: 3002}},
			},
			{ID: ClubChannel, Title: "Private club", Invite: "simclubinvite", Messages: []Message{
				{ID: 1, Text: "Only members see this."},
				{ID: 2, Text: "A document", File: 5001},
				{ID: 3, Text: "Two in an album", Album: 52, File: 5002},
				{ID: 4, Album: 52, File: 5003},
			}},
			{ID: ClosedChannel, Title: "Closed", Username: "simclosed", Closed: true, Messages: []Message{
				{ID: 1, Text: "Nobody sees this.", File: 3003},
			}},
		},
	}
}

// Demo is what the demo command shows: links of 40 ms and 14 MB/s per
// connection, an album on the account's home DC, a video whose stated DC is
// stale and a document that the CDN serves. Ids and contents are those of
// [Default].
func Demo() Scenario {
	s := Default()
	s.Link = Link{RTT: Duration(40 * time.Millisecond), Rate: 14e6}
	s.Files, s.StickerSets = demoFiles(), nil
	s.Chats = []Chat{{ID: FilesChannel, Title: "Simulated files", Username: "simfiles", Messages: demoMessages()}}
	for i := range s.Accounts {
		s.Accounts[i].Saved, s.Accounts[i].Stories, s.Accounts[i].Photos = nil, nil, nil
	}
	return s
}

func presetDCs() []DC {
	return []DC{{ID: 1}, {ID: 2}, {ID: 3}, {ID: 4, Media: true}, {ID: 5}, {ID: 203, CDN: true}}
}

func presetAccounts() []Account {
	return []Account{
		{
			ID: Ada, HomeDC: 1, Phone: "+9996610001", Code: "11111", Name: "Ada", Username: "simada",
			Saved: []Message{
				{ID: 1, Text: "A note to myself"},
				{ID: 2, Text: "Kept for later", File: 3005},
				{ID: 3, File: 2001},
			},
			Stories: []Story{{ID: 1, Text: "A photo", File: 1001}, {ID: 2, Text: "A clip", File: 3012}},
			Photos:  []int64{1002, 1001},
		},
		{ID: Ben, HomeDC: 2, Phone: "+9996620002", Code: "22222", Name: "Ben"},
		{ID: Cleo, HomeDC: 5, Phone: "+9996650003", Code: "55555", Password: "correct horse battery staple", Name: "Cleo", Premium: true},
		{ID: Bot, HomeDC: 4, BotToken: "7004:simulated-bot-token", Name: "Simulated bot", Username: "simfilesbot"},
	}
}

func demoMessages() []Message {
	return []Message{
		{ID: 1, Text: "Welcome to the simulated files."},
		{ID: 2, Text: "An album of small photos", Album: 51, File: 1001},
		{ID: 3, Album: 51, File: 1002},
		{ID: 4, Album: 51, File: 1003},
		{ID: 5, Album: 51, File: 1004},
		{ID: 6, Text: "A video on DC 4", File: 2001},
		{ID: 7, Text: "A video that moved to DC 4", File: 2002},
		{ID: 8, Text: "A document on the CDN", File: 3001},
	}
}

func demoFiles() []File {
	return []File{
		{ID: 1001, Kind: KindPhoto, DC: 1, Size: 181_337},
		{ID: 1002, Kind: KindPhoto, DC: 1, Size: 97_203},
		{ID: 1003, Kind: KindPhoto, DC: 1, Size: 131_072},
		{ID: 1004, Kind: KindPhoto, DC: 1, Size: 210_450},
		{ID: 2001, Kind: KindVideo, DC: 4, Size: 96 << 20, Name: "video.mp4"},
		{ID: 2002, Kind: KindVideo, DC: 4, StatedDC: 2, Size: 96<<20 + 4321, Name: "moved-video.mp4"},
		{ID: 3001, DC: 2, Size: 48 << 20, Name: "archive.zip", MIME: "application/zip", CDN: true},
	}
}

func moreMessages() []Message {
	return []Message{
		{ID: 9, Text: "A small document", File: 3002},
		{ID: 10, Text: "A medium document", File: 3003},
		{ID: 11, Text: "One page and one byte", File: 3004},
		{ID: 12, Text: "One byte over one MiB", File: 3005},
		{ID: 13, Text: "4 GiB", File: 4001},
		{ID: 14, Deleted: true},
		{ID: 15, Text: "A name that wants out", File: 3006},
		{ID: 16, Text: "One byte", File: 3007},
		{ID: 17, Text: "One hash window", File: 3008},
		{ID: 18, Text: "One MiB", File: 3009},
		{ID: 19, Text: "A voice message", File: 3010},
		{ID: 20, Text: "Music", File: 3011},
		{ID: 21, Text: "An animation", File: 3012},
		{ID: 22, Text: "CDN, no hashes with the redirect", File: 3013},
		{ID: 23, Text: "CDN, all hashes, not uploaded there yet", File: 3014},
		{ID: 24, Text: "No server hashes", File: 3015},
		{ID: 25, Text: "The last message"},
	}
}

func moreFiles() []File {
	return []File{
		{ID: 3002, DC: 1, Size: 64 << 10, Name: "notes.txt", MIME: "text/plain"},
		{ID: 3003, DC: 5, Size: 5<<20 + 12345, Name: "report.pdf", MIME: "application/pdf"},
		{ID: 3004, DC: 1, Size: 4<<10 + 1, Name: "page.bin"},
		{ID: 3005, DC: 3, Size: 1<<20 + 1, Name: "odd.bin"},
		{ID: 3006, DC: 1, Size: 10_000, Name: "../../x"},
		{ID: 3007, DC: 2, Size: 1, Name: "one.bin"},
		{ID: 3008, DC: 2, Size: 128 << 10, Name: "window.bin"},
		{ID: 3009, DC: 4, Size: 1 << 20, Name: "mib.bin"},
		{ID: 3010, Kind: KindVoice, DC: 1, Size: 40_960},
		{ID: 3011, Kind: KindAudio, DC: 5, Size: 3_456_789, Name: "music.mp3"},
		{ID: 3012, Kind: KindAnimation, DC: 3, Size: 777_777, Name: "animation.mp4"},
		{ID: 3013, DC: 4, Size: 3<<20 + 77, Name: "cdn-no-hashes.bin", CDN: true, CDNHashes: HashesNone},
		{ID: 3014, DC: 1, Size: 3 << 20, Name: "cdn-all-hashes.bin", CDN: true, CDNHashes: HashesAll, Reupload: true},
		{ID: 3015, DC: 4, Size: 2 << 20, Name: "no-server-hashes.bin", NoHashes: true},
		{ID: 4001, DC: 4, Size: 4 << 30, Name: "four-gib.bin"},
		{ID: 5001, DC: 3, Size: 2 << 20, Name: "club.bin"},
		{ID: 5002, DC: 1, Size: 70_000, Name: "club-a.bin"},
		{ID: 5003, DC: 5, Size: 80_000, Name: "club-b.bin"},
	}
}

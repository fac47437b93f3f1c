package hostile

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"github.com/gotd/td/tg"
)

// chatAttacks are answers about the channel and its messages.
func chatAttacks() []Attack {
	resolve, messages := place{"resolveUsername", Query, tg.ContactsResolveUsernameRequestTypeID}, place{"getMessages", Query, tg.ChannelsGetMessagesRequestTypeID}
	document := func(change func(*tg.Document)) func(*Strike) {
		return edit(func(m *tg.MessagesChannelMessages) {
			for _, class := range m.Messages {
				if msg, ok := class.(*tg.Message); ok {
					change(msg.Media.(*tg.MessageMediaDocument).Document.(*tg.Document))
				}
			}
		})
	}
	message := func(change func(*tg.Message)) func(*Strike) {
		return edit(func(m *tg.MessagesChannelMessages) {
			for _, class := range m.Messages {
				if msg, ok := class.(*tg.Message); ok {
					change(msg)
				}
			}
		})
	}
	numbers := []int{math.MinInt32, -1, 0, 1, 999, math.MaxInt32}
	return slices.Concat(
		named("resolved", resolve, map[string]func(*Strike){
			"to nothing": edit(func(r *tg.ContactsResolvedPeer) { r.Chats, r.Users = nil, nil }),
			"to another": edit(func(r *tg.ContactsResolvedPeer) { r.Peer = &tg.PeerChannel{ChannelID: -1} }),
			"to a user":  edit(func(r *tg.ContactsResolvedPeer) { r.Peer = &tg.PeerUser{UserID: User} }),
			"to a forbidden": edit(func(r *tg.ContactsResolvedPeer) {
				r.Chats = []tg.ChatClass{&tg.ChannelForbidden{ID: channelID, Title: "x"}}
			}),
			"to 5,000": edit(func(r *tg.ContactsResolvedPeer) { r.Chats = slices.Repeat(r.Chats, 5_000) }),
			"to a long title": edit(func(r *tg.ContactsResolvedPeer) {
				r.Chats[0].(*tg.Channel).Title = strings.Repeat("\x1b[2J\n", 100_000)
			}),
		}),
		each("size", messages, []int64{math.MinInt64, -1, 0, 1, 4_999, 5_001, 1 << 31, 1 << 50, math.MaxInt64}, func(s *Strike, n int64) {
			document(func(d *tg.Document) { d.Size = n })(s)
		}),
		each("dc_id", messages, append(numbers, HomeDC, CDN), func(s *Strike, n int) { document(func(d *tg.Document) { d.DCID = n })(s) }),
		each("date", messages, numbers, func(s *Strike, n int) {
			message(func(m *tg.Message) { m.Date, m.EditDate = n, n })(s)
		}),
		each("message id", messages, numbers, func(s *Strike, n int) { message(func(m *tg.Message) { m.ID = n })(s) }),
		each("document id", messages, []int64{math.MinInt64, 0, 1, math.MaxInt64}, func(s *Strike, n int64) {
			document(func(d *tg.Document) { d.ID = n })(s)
		}),
		each("file name", messages, []string{
			"", ".", "..", "/", "../../../../tmp/x", "/etc/passwd", "a/b", "a\\b", "CON", "nul.txt", "-rf", "f.bin.part", "f.bin.part.journal", ".bashrc",
			"x\x00y", "a\nb", "\u202egpj.exe", "\xff\xfe", strings.Repeat("n", 100_000), strings.Repeat("é", 200), "~", "$(reboot)", "`reboot`", "x.info.json",
		}, func(s *Strike, name string) {
			document(func(d *tg.Document) {
				d.Attributes = []tg.DocumentAttributeClass{&tg.DocumentAttributeFilename{FileName: name}}
			})(s)
		}),
		named("messages", messages, map[string]func(*Strike){
			"none":               edit(func(m *tg.MessagesChannelMessages) { m.Messages = nil }),
			"20,000":             edit(func(m *tg.MessagesChannelMessages) { m.Messages = slices.Repeat(m.Messages, 7_000) }),
			"without a chat":     edit(func(m *tg.MessagesChannelMessages) { m.Chats = nil }),
			"of another chat":    message(func(m *tg.Message) { m.PeerID = &tg.PeerUser{UserID: 1} }),
			"with no document":   message(func(m *tg.Message) { m.Media = &tg.MessageMediaDocument{} }),
			"with an empty one":  message(func(m *tg.Message) { m.Media = &tg.MessageMediaDocument{Document: &tg.DocumentEmpty{ID: 1}} }),
			"with an empty chat": edit(func(m *tg.MessagesChannelMessages) { m.Chats = []tg.ChatClass{&tg.ChatEmpty{}} }),
			"not modified":       func(s *Strike) { s.Object(&tg.MessagesMessagesNotModified{Count: math.MaxInt32}) },
			"10,000 attributes": document(func(d *tg.Document) {
				d.Attributes = slices.Repeat([]tg.DocumentAttributeClass{&tg.DocumentAttributeFilename{FileName: "x"}}, 10_000)
			}),
			"10,000 thumbnails": document(func(d *tg.Document) {
				d.SetThumbs(slices.Repeat([]tg.PhotoSizeClass{&tg.PhotoSize{Type: "m", W: -1, H: math.MaxInt32, Size: -1}}, 10_000))
			}),
			"progressive sizes": message(func(m *tg.Message) {
				m.Media = &tg.MessageMediaPhoto{Photo: &tg.Photo{ID: 1, DCID: 2, Sizes: []tg.PhotoSizeClass{
					&tg.PhotoSizeProgressive{Type: "y", W: 1, H: 1}, &tg.PhotoCachedSize{Type: "s"}, &tg.PhotoStrippedSize{}, &tg.PhotoPathSize{},
				}}}
			}),
			"an album of all": message(func(m *tg.Message) { m.SetGroupedID(1) }),
			"qualities of itself": message(func(m *tg.Message) {
				media := m.Media.(*tg.MessageMediaDocument)
				media.SetAltDocuments(slices.Repeat([]tg.DocumentClass{media.Document}, 1_000))
			}),
			"deep rich text": message(func(m *tg.Message) {
				var text tg.RichTextClass = &tg.TextEmpty{}
				for range 5_000 {
					text = &tg.TextBold{Text: text}
				}
				m.Media = &tg.MessageMediaWebPage{Webpage: &tg.WebPage{CachedPage: tg.Page{
					Blocks: []tg.PageBlockClass{&tg.PageBlockTitle{Text: text}},
				}}}
			}),
		}),
	)
}

// fileAttacks are answers of upload.getFile and of the CDN.
func fileAttacks() []Attack {
	p, cdn := place{"getFile", Query, fileMethod}, place{"getCdnFile", Query, tg.UploadGetCDNFileRequestTypeID}
	parts := func(change func([]byte) []byte) func(*Strike) {
		return edit(func(f *tg.UploadFile) { f.Bytes = change(f.Bytes) })
	}
	cdnParts := func(change func([]byte) []byte) func(*Strike) {
		return edit(func(f *tg.UploadCDNFile) { f.Bytes = change(f.Bytes) })
	}
	changes := map[string]func([]byte) []byte{
		"none":             func([]byte) []byte { return nil },
		"one less":         func(b []byte) []byte { return b[:max(0, len(b)-1)] },
		"one more":         func(b []byte) []byte { return append(bytes.Clone(b), 7) },
		"twice":            func(b []byte) []byte { return slices.Repeat(b, 2) },
		"one":              func(b []byte) []byte { return b[:min(1, len(b))] },
		"2 MiB":            func([]byte) []byte { return make([]byte, 2<<20) },
		"a spoiled bit":    func(b []byte) []byte { b = bytes.Clone(b); b[len(b)/2] ^= 1; return b },
		"zeros":            func(b []byte) []byte { return make([]byte, len(b)) },
		"a rotated answer": func(b []byte) []byte { return append(bytes.Clone(b[min(16, len(b)):]), b[:min(16, len(b))]...) },
	}
	list := []Attack{}
	file, cdnFile := map[string]func(*Strike){}, map[string]func(*Strike){}
	for name, change := range changes {
		guarded := func(b []byte) []byte {
			if len(b) == 0 {
				return b
			}
			return change(b)
		}
		file[name], cdnFile[name] = parts(guarded), cdnParts(guarded)
	}
	cdnFile["reupload"] = func(s *Strike) { s.Object(&tg.UploadCDNFileReuploadNeeded{RequestToken: []byte{1}}) }
	cdnFile["reupload with a long token"] = func(s *Strike) {
		s.Object(&tg.UploadCDNFileReuploadNeeded{RequestToken: make([]byte, 1<<20)})
	}
	cdnFile["a file of a data center"] = func(s *Strike) { s.Object(&tg.UploadFile{Type: &tg.StorageFileJpeg{}}) }
	cdnFile["a redirect"] = func(s *Strike) { s.Object(&redirect) }
	file["not modified"] = func(s *Strike) { s.Object(&tg.UploadCDNFile{}) }
	file["of no type"] = edit(func(f *tg.UploadFile) { f.Type = &tg.StorageFileUnknown{}; f.Mtime = math.MinInt32 })
	file["length beyond"] = func(s *Strike) {
		b := bytes.Clone(s.Honest)
		if len(b) > 16 {
			binary.LittleEndian.PutUint32(b[12:], 0xfffffffe)
		}
		s.Send(b)
	}
	list = append(list, named("bytes", p, file)...)
	return append(list, named("bytes", cdn, cdnFile)...)
}

// redirectAttacks are redirects to a CDN.
func redirectAttacks() (list []Attack) {
	p := place{"getFile", Query, fileMethod}
	to := func(change func(*tg.UploadFileCDNRedirect)) func(*Strike) {
		return func(s *Strike) {
			r := redirect
			r.FileHashes = hashes(3, 0)
			change(&r)
			s.Object(&r)
		}
	}
	sizes := []int{0, 1, 15, 16, 17, 31, 32, 33, 1 << 20}
	list = slices.Concat(
		each("redirect to", p, []int{math.MinInt32, -CDN, -1, 0, 1, HomeDC, FileDC, CDN, 999, math.MaxInt32}, func(s *Strike, dc int) {
			to(func(r *tg.UploadFileCDNRedirect) { r.DCID = dc })(s)
		}),
		each("redirect with a key of", p, sizes, func(s *Strike, n int) {
			to(func(r *tg.UploadFileCDNRedirect) { r.EncryptionKey = make([]byte, n) })(s)
		}),
		each("redirect with an iv of", p, sizes, func(s *Strike, n int) {
			to(func(r *tg.UploadFileCDNRedirect) { r.EncryptionIv = make([]byte, n) })(s)
		}),
		each("redirect with a token of", p, sizes, func(s *Strike, n int) {
			to(func(r *tg.UploadFileCDNRedirect) { r.FileToken = make([]byte, n) })(s)
		}),
	)
	return append(list, Attack{Name: "redirect at getFile: for ever to new tokens", At: Query, Method: fileMethod, Do: func(s *Strike) {
		to(func(r *tg.UploadFileCDNRedirect) { r.FileToken = binary.LittleEndian.AppendUint64(nil, s.rng.Uint64()) })(s)
	}})
}

// hashAttacks are windows of hashes, wherever they come from.
func hashAttacks() (list []Attack) {
	changes := map[string]func([]tg.FileHash) []tg.FileHash{
		"none":          func([]tg.FileHash) []tg.FileHash { return nil },
		"20,000":        func(w []tg.FileHash) []tg.FileHash { return slices.Repeat(w, 20_000/max(1, len(w))) },
		"of one byte":   windows(func(i int, h *tg.FileHash) { h.Offset, h.Limit = int64(i), 1 }, 10_000),
		"of no bytes":   windows(func(i int, h *tg.FileHash) { h.Limit = 0 }, 1),
		"negative":      windows(func(i int, h *tg.FileHash) { h.Limit = -1 }, 1),
		"of 2 GiB":      windows(func(i int, h *tg.FileHash) { h.Limit = math.MaxInt32 }, 1),
		"at -1":         windows(func(i int, h *tg.FileHash) { h.Offset = -1 }, 1),
		"at the end":    windows(func(i int, h *tg.FileHash) { h.Offset = math.MaxInt64 }, 1),
		"at 2^62":       windows(func(i int, h *tg.FileHash) { h.Offset, h.Limit = 1<<62, math.MaxInt32 }, 1),
		"in a block":    windows(func(i int, h *tg.FileHash) { h.Offset += 8 }, 1),
		"backwards":     func(w []tg.FileHash) []tg.FileHash { w = slices.Clone(w); slices.Reverse(w); return w },
		"overlapping":   windows(func(i int, h *tg.FileHash) { h.Offset = int64(i) * 16; h.Limit = 64 << 10 }, 5_000),
		"wrong":         windows(func(i int, h *tg.FileHash) { h.Hash = make([]byte, 32) }, 1),
		"of no hash":    windows(func(i int, h *tg.FileHash) { h.Hash = nil }, 1),
		"of short hash": windows(func(i int, h *tg.FileHash) { h.Hash = h.Hash[:31] }, 1),
		"of long hash":  windows(func(i int, h *tg.FileHash) { h.Hash = make([]byte, 1<<20) }, 1),
	}
	for name, method := range map[string]uint32{
		"getFileHashes": tg.UploadGetFileHashesRequestTypeID, "getCdnFileHashes": tg.UploadGetCDNFileHashesRequestTypeID,
	} {
		does := map[string]func(*Strike){}
		for name, change := range changes {
			does[name] = edit(func(v *tg.FileHashVector) { v.Elems = change(v.Elems) })
		}
		list = append(list, named("hashes", place{name, Query, method}, does)...)
	}
	does := map[string]func(*Strike){}
	for name, change := range changes {
		does[name] = edit(func(r *tg.UploadFileCDNRedirect) { r.FileHashes = change(r.FileHashes) })
	}
	list = append(list, named("hashes in a redirect", place{"getFile", Query, fileMethod}, does)...)
	slices.SortStableFunc(list, func(a, b Attack) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// windows is a change of each window of a list that is repeated until it has n.
func windows(change func(i int, h *tg.FileHash), n int) func([]tg.FileHash) []tg.FileHash {
	return func(w []tg.FileHash) []tg.FileHash {
		var list []tg.FileHash
		for i := 0; len(w) > 0 && i < max(n, len(w)); i++ {
			h := w[i%len(w)]
			change(i, &h)
			list = append(list, h)
		}
		return list
	}
}

package hostile

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"github.com/gotd/td/tg"
)

const (
	fileMethod   = tg.UploadGetFileRequestTypeID
	anyStorm     = 20_000 // More messages than a client should listen to.
	endlessBytes = 300 << 20
)

// lengths of frames and of what is in them.
var lengths = []uint32{
	0, 1, 3, 4, 5, 19, 20, 24, 1 << 16, 1 << 20, 16 << 20, 16<<20 + 4, math.MaxInt32 - 3, math.MaxInt32, 1 << 31, math.MaxUint32 - 3, math.MaxUint32,
}

// codes are transport errors, known ones and others.
var codes = []int32{-404, -429, -444, -403, -1, 0, 1, 404, math.MinInt32, math.MaxInt32}

// streamAttacks break the stream of bytes.
func streamAttacks() (list []Attack) {
	junk := make([]byte, 64)
	_, _ = rand.Read(junk) // It cannot fail.
	for _, p := range places {
		list = slices.Concat(list,
			each("frame length", p, lengths, func(s *Strike, n uint32) { s.FrameSaying(n, junk); s.Mute() }),
			each("frame length and end", p, lengths, func(s *Strike, n uint32) { s.FrameSaying(n, junk); s.HangUp() }),
			each("transport error", p, codes, func(s *Strike, code int32) {
				s.Frame(binary.LittleEndian.AppendUint32(nil, uint32(code)))
				s.Mute()
			}),
			each("quick ack", p, []uint32{1 << 31, 1<<31 | 0x77, math.MaxUint32}, func(s *Strike, token uint32) {
				s.Storm(100, func(int) { s.Stream(binary.LittleEndian.AppendUint32(nil, token)) })
				s.Mute()
			}),
			named("stream", p, map[string]func(*Strike){
				"closed":       func(s *Strike) { s.HangUp() },
				"silent":       func(s *Strike) { s.Mute() },
				"HTTP":         func(s *Strike) { s.Stream([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")); s.HangUp() },
				"TLS alert":    func(s *Strike) { s.Stream([]byte("\x15\x03\x01\x00\x02\x02\x28")); s.HangUp() },
				"one byte":     func(s *Strike) { s.Stream([]byte{0xef}); s.HangUp() },
				"junk":         func(s *Strike) { s.Stream(junk); s.HangUp() },
				"endless junk": func(s *Strike) { s.Storm(endlessBytes/len(junk), func(int) { s.Stream(junk) }); s.Mute() },
				"endless zeros": func(s *Strike) {
					zeros := make([]byte, 1<<20)
					s.Storm(endlessBytes>>20, func(int) { s.Stream(zeros) })
					s.Mute()
				},
				"endless frames": func(s *Strike) {
					frame := bytes.Repeat(junk, 1<<10)
					s.Storm(endlessBytes/len(frame), func(int) { s.Frame(frame) })
					s.Mute()
				},
				"empty frames": func(s *Strike) { s.Storm(anyStorm, func(int) { s.FrameSaying(0, nil) }); s.Mute() },
			}),
			[]Attack{{Name: "drip at " + p.name, At: p.at, Method: p.method, Endless: true, Do: func(s *Strike) {
				s.FrameSaying(1<<20, nil)
				s.Drip(make([]byte, 1<<20), 10*time.Second)
			}}},
		)
	}
	return list
}

// cutMethods are those whose answers are cut.
var cutMethods = map[string]uint32{
	"getConfig": tg.HelpGetConfigRequestTypeID, "getAppConfig": tg.HelpGetAppConfigRequestTypeID,
	"getCdnConfig": tg.HelpGetCDNConfigRequestTypeID, "sendCode": tg.AuthSendCodeRequestTypeID,
	"signIn": tg.AuthSignInRequestTypeID, "exportAuthorization": tg.AuthExportAuthorizationRequestTypeID,
	"importAuthorization": tg.AuthImportAuthorizationRequestTypeID, "resolveUsername": tg.ContactsResolveUsernameRequestTypeID,
	"getMessages": tg.ChannelsGetMessagesRequestTypeID, "getFile": fileMethod,
	"getFileHashes": tg.UploadGetFileHashesRequestTypeID, "getCdnFile": tg.UploadGetCDNFileRequestTypeID,
}

// cuts are the lengths that answers are cut to. Each longer than an answer leaves it whole.
func cuts() (list []int) {
	for n := range 1024 {
		if n < 64 || n%4 == 0 {
			list = append(list, n)
		}
	}
	return list
}

// cutAttacks end what is honest too early: an object, and a frame in the stream.
func cutAttacks() (list []Attack) {
	where := []place{{"ResPQ", ResPQ, 0}, {"DHParams", DHParams, 0}, {"DHInner", DHInner, 0}, {"DHAnswer", DHAnswer, 0}}
	for name, method := range cutMethods {
		where = append(where, place{name, Query, method})
	}
	slices.SortFunc(where[4:], func(a, b place) int { return int(a.method>>1) - int(b.method>>1) })
	for _, p := range where {
		list = append(list, each("cut", p, cuts(), func(s *Strike, n int) { s.Send(s.Honest[:min(n, len(s.Honest))]) })...)
		list = append(list, each("tail", p, []int{1, 4, 64, 1 << 16}, func(s *Strike, n int) {
			s.Send(append(bytes.Clone(s.Honest), make([]byte, n)...))
		})...)
	}
	return append(list, each("cut frame", place{"getFile", Query, fileMethod}, cuts(), func(s *Strike, n int) {
		frame := s.seal(s.session, s.nextID(), 1, s.Honest)
		whole := append(binary.LittleEndian.AppendUint32(nil, uint32(len(frame))), frame...)
		s.Stream(whole[:min(n, len(whole))])
		s.HangUp()
	})...)
}

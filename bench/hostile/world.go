package hostile

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/exchange"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/tg"
)

// The data centers: where the account lives, where most files lie, and a CDN.
const (
	HomeDC = 2
	FileDC = 4
	CDN    = 203
)

// portBase plus the id of a data center is its port in help.getConfig.
const portBase = 10_000

// Port is the port of a data center that Dial knows.
func Port(dc int) int { return portBase + dc }

// The account and the channel with its files, which are messages 1 to Files.
const (
	User    = 77_001
	Phone   = "+9996620001"
	Code    = "22222"
	Channel = "hostile"

	channelID   = 5_001
	channelHash = 0x5ec7e7_1001
)

// APIHash is what the client says in auth.sendCode.
const APIHash = "0123456789abcdef0123456789abcdef"

// files are the sizes of the documents, by id: one of a few requests at home, one in another data
// center, one that is handed on to the CDN.
var files = map[int64]struct{ size, dc int }{
	1: {5_000, HomeDC},
	2: {140_000, FileDC},
	3: {150_000, FileDC},
}

// Files is how many there are.
const Files = 3

// hashWindow is how many bytes a hash is of.
const hashWindow = 128 << 10

// Key is the key that the client and data center dc share from the beginning, if the client's
// session has it; a client without makes its own.
func Key(dc int) crypto.AuthKey {
	var key crypto.Key
	source := rand.NewChaCha8([32]byte{'k', 'e', 'y', byte(dc)})
	_, _ = source.Read(key[:]) // It cannot fail.
	return key.WithID()
}

// Secret is a value of eight bytes that no log may have, for each thing that is secret.
func Secret(what byte) []byte { return []byte{what, 's', 'E', 'c', 'R', 'e', 'T', what} }

// Truth is the content of a document, or nil if there is none with that id.
func Truth(id int64) []byte {
	contents.Lock()
	defer contents.Unlock()
	if b, ok := contents.of[id]; ok || files[id].size == 0 {
		return b
	}
	b := make([]byte, files[id].size)
	_, _ = rand.NewChaCha8([32]byte{'f', byte(id)}).Read(b) // It cannot fail.
	contents.of[id] = b
	return b
}

var contents = struct {
	sync.Mutex
	of map[int64][]byte // Guarded by the mutex.
}{of: map[int64][]byte{}}

// redirect is where document 3 is to be had.
var redirect = tg.UploadFileCDNRedirect{
	DCID: CDN, FileToken: append(Secret('t'), Secret('u')...), EncryptionKey: encryptionKey(), EncryptionIv: make([]byte, 16),
}

func encryptionKey() (key []byte) {
	for i := range byte(4) {
		key = append(key, Secret('A'+i)...)
	}
	return key
}

// honest is the answer to a query.
func honest(dc int, b *bin.Buffer) []byte {
	id, err := b.PeekID()
	if err != nil {
		return refusal(400, "INPUT_FETCH_FAIL")
	}
	answer, ok := methods[id]
	if !ok || dc == CDN && id != tg.UploadGetCDNFileRequestTypeID {
		return refusal(400, "METHOD_INVALID")
	}
	return answer(dc, b)
}

func refusal(code int, text string) []byte {
	return encode(&mt.RPCError{ErrorCode: code, ErrorMessage: text})
}

// methods are those that the client is known to use.
var methods = map[uint32]func(dc int, b *bin.Buffer) []byte{
	tg.HelpGetNearestDCRequestTypeID: func(dc int, _ *bin.Buffer) []byte {
		return encode(&tg.NearestDC{Country: "XX", ThisDC: dc, NearestDC: dc})
	},
	tg.HelpGetAppConfigRequestTypeID: func(int, *bin.Buffer) []byte {
		return encode(&tg.HelpAppConfig{Hash: 1, Config: &tg.JSONObject{Value: []tg.JSONObjectValue{
			{Key: "small_queue_max_active_operations_count", Value: &tg.JSONNumber{Value: 5}},
			{Key: "large_queue_max_active_operations_count", Value: &tg.JSONNumber{Value: 2}},
		}}})
	},
	tg.HelpGetCDNConfigRequestTypeID: func(int, *bin.Buffer) []byte {
		block := &pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&PrivateKey().RSA.PublicKey)}
		return encode(&tg.CDNConfig{PublicKeys: []tg.CDNPublicKey{{DCID: CDN, PublicKey: string(pem.EncodeToMemory(block))}}})
	},
	tg.AuthSendCodeRequestTypeID: func(int, *bin.Buffer) []byte {
		return encode(&tg.AuthSentCode{
			Type: &tg.AuthSentCodeTypeApp{Length: len(Code)}, PhoneCodeHash: string(Secret('p')),
		})
	},
	tg.AuthSignInRequestTypeID:         func(int, *bin.Buffer) []byte { return encode(authorization()) },
	tg.AccountGetPasswordRequestTypeID: func(int, *bin.Buffer) []byte { return encode(password()) },
	tg.AuthCheckPasswordRequestTypeID:  func(int, *bin.Buffer) []byte { return encode(authorization()) },
	tg.AuthExportAuthorizationRequestTypeID: func(int, *bin.Buffer) []byte {
		return encode(&tg.AuthExportedAuthorization{ID: User, Bytes: Secret('x')})
	},
	tg.AuthImportAuthorizationRequestTypeID: func(int, *bin.Buffer) []byte { return encode(authorization()) },
	tg.AuthBindTempAuthKeyRequestTypeID:     func(int, *bin.Buffer) []byte { return encode(&tg.BoolTrue{}) },
	tg.UsersGetUsersRequestTypeID: func(int, *bin.Buffer) []byte {
		return encode(&tg.UserClassVector{Elems: []tg.UserClass{self()}})
	},
	tg.ContactsResolveUsernameRequestTypeID: func(int, *bin.Buffer) []byte {
		return encode(&tg.ContactsResolvedPeer{
			Peer: &tg.PeerChannel{ChannelID: channelID}, Chats: []tg.ChatClass{channel()}, Users: []tg.UserClass{self()},
		})
	},
	tg.ChannelsGetMessagesRequestTypeID: getMessages,
	tg.UploadGetFileRequestTypeID:       getFile,
	tg.UploadGetFileHashesRequestTypeID: getFileHashes,
	tg.UploadGetCDNFileRequestTypeID:    getCDNFile,
	tg.UploadReuploadCDNFileRequestTypeID: func(int, *bin.Buffer) []byte {
		return encode(&tg.FileHashVector{Elems: hashes(3, 0)})
	},
	tg.UploadGetCDNFileHashesRequestTypeID: func(_ int, b *bin.Buffer) []byte {
		var req tg.UploadGetCDNFileHashesRequest
		if req.Decode(b) != nil {
			return refusal(400, "INPUT_FETCH_FAIL")
		}
		return encode(&tg.FileHashVector{Elems: hashes(3, req.Offset)})
	},
}

// Config is what help.getConfig answers where all data centers are behind Dial.
func Config(dc int) *tg.Config {
	now := int(time.Now().Unix())
	config := &tg.Config{Date: now, Expires: now + 3600, ThisDC: dc}
	for _, id := range []int{HomeDC, FileDC, CDN} {
		config.DCOptions = append(config.DCOptions, tg.DCOption{
			ID: id, IPAddress: "127.0.0.1", Port: Port(id), CDN: id == CDN, ThisPortOnly: true,
		})
	}
	return config
}

func self() *tg.User {
	return &tg.User{Self: true, ID: User, AccessHash: 9, FirstName: "A", Phone: Phone[1:]}
}

func authorization() *tg.AuthAuthorization { return &tg.AuthAuthorization{User: self()} }

// password is a question for a password, in the group of the key exchange.
func password() *tg.AccountPassword {
	prime, err := exchange.TestServerRNG{}.DhPrime()
	if err != nil {
		panic(err)
	}
	p := &tg.AccountPassword{
		HasPassword: true, NewAlgo: &tg.PasswordKdfAlgoUnknown{}, NewSecureAlgo: &tg.SecurePasswordKdfAlgoUnknown{},
	}
	p.SetCurrentAlgo(&tg.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow{
		Salt1: Secret('1'), Salt2: Secret('2'), G: 3, P: prime.Bytes(),
	})
	p.SetSRPB(append([]byte{0x7f}, make([]byte, 255)...))
	p.SetSRPID(1)
	return p
}

func channel() *tg.Channel {
	return &tg.Channel{
		Broadcast: true, ID: channelID, AccessHash: channelHash, Title: "Hostile", Username: Channel,
		Photo: &tg.ChatPhotoEmpty{}, Date: 1_700_000_000,
	}
}

func getMessages(_ int, b *bin.Buffer) []byte {
	var req tg.ChannelsGetMessagesRequest
	if req.Decode(b) != nil {
		return refusal(400, "INPUT_FETCH_FAIL")
	}
	answer := &tg.MessagesChannelMessages{Pts: 1, Count: len(req.ID), Chats: []tg.ChatClass{channel()}}
	for _, in := range req.ID {
		id, ok := in.(*tg.InputMessageID)
		if !ok {
			continue
		}
		f, ok := files[int64(id.ID)]
		if !ok {
			answer.Messages = append(answer.Messages, &tg.MessageEmpty{ID: id.ID})
			continue
		}
		m := &tg.Message{
			ID: id.ID, PeerID: &tg.PeerChannel{ChannelID: channelID}, Date: 1_700_000_000 + id.ID, Message: "a file", Post: true,
		}
		m.SetMedia(&tg.MessageMediaDocument{Document: &tg.Document{
			ID: int64(id.ID), AccessHash: 0x5ec7e7_2002, FileReference: Secret('r'), Date: 1_700_000_000,
			MimeType: "application/octet-stream", Size: int64(f.size), DCID: f.dc,
			Attributes: []tg.DocumentAttributeClass{&tg.DocumentAttributeFilename{FileName: "f.bin"}},
		}})
		answer.Messages = append(answer.Messages, m)
	}
	return encode(answer)
}

// documentOf is the id of the document at a location, or 0.
func documentOf(location tg.InputFileLocationClass) int64 {
	if doc, ok := location.(*tg.InputDocumentFileLocation); ok {
		return doc.ID
	}
	return 0
}

func getFile(dc int, b *bin.Buffer) []byte {
	var req tg.UploadGetFileRequest
	if req.Decode(b) != nil {
		return refusal(400, "INPUT_FETCH_FAIL")
	}
	id := documentOf(req.Location)
	f, ok := files[id]
	switch {
	case !ok:
		return refusal(400, "FILE_ID_INVALID")
	case f.dc != dc:
		return refusal(303, "FILE_MIGRATE_"+string(rune('0'+f.dc)))
	case id == 3 && req.CDNSupported:
		r := redirect
		r.FileHashes = hashes(id, 0)
		return encode(&r)
	}
	return encode(&tg.UploadFile{Type: &tg.StorageFilePartial{}, Mtime: 1, Bytes: slice(Truth(id), req.Offset, req.Limit)})
}

func slice(b []byte, offset int64, limit int) []byte {
	if offset < 0 || limit < 0 || offset >= int64(len(b)) {
		return nil
	}
	b = b[offset:]
	return b[:min(limit, len(b))]
}

func getFileHashes(_ int, b *bin.Buffer) []byte {
	var req tg.UploadGetFileHashesRequest
	if req.Decode(b) != nil {
		return refusal(400, "INPUT_FETCH_FAIL")
	}
	return encode(&tg.FileHashVector{Elems: hashes(documentOf(req.Location), req.Offset)})
}

// hashes are those of a document from the window on that offset is in.
func hashes(id, offset int64) []tg.FileHash {
	b := Truth(id)
	var list []tg.FileHash
	for at := max(0, offset/hashWindow*hashWindow); at < int64(len(b)); at += hashWindow {
		window := slice(b, at, hashWindow)
		sum := sha256.Sum256(window)
		list = append(list, tg.FileHash{Offset: at, Limit: len(window), Hash: sum[:]})
	}
	return list
}

func getCDNFile(_ int, b *bin.Buffer) []byte {
	var req tg.UploadGetCDNFileRequest
	if req.Decode(b) != nil {
		return refusal(400, "INPUT_FETCH_FAIL")
	}
	if string(req.FileToken) != string(redirect.FileToken) {
		return refusal(400, "FILE_TOKEN_INVALID")
	}
	part := append([]byte(nil), slice(Truth(3), req.Offset, req.Limit)...)
	cryptCDN(part, req.Offset)
	return encode(&tg.UploadCDNFile{Bytes: part})
}

// cryptCDN encrypts what the CDN holds from offset on.
//
// See https://core.telegram.org/cdn#decrypting-files.
func cryptCDN(part []byte, offset int64) {
	block, err := aes.NewCipher(redirect.EncryptionKey)
	if err != nil {
		panic(err)
	}
	iv := append([]byte(nil), redirect.EncryptionIv...)
	binary.BigEndian.PutUint32(iv[12:], uint32(offset/16))
	cipher.NewCTR(block, iv).XORKeyStream(part, part)
}

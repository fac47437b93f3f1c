package mtserve

import (
	"crypto/aes"

	"github.com/gotd/ige"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/tgerr"
)

// BindTemp carries out auth.bindTempAuthKey, whose parameters it takes, for
// the temporary key that r came under. Errors are *tgerr.Error, ready to be
// returned by a Handler.
//
// https://core.telegram.org/method/auth.bindTempAuthKey
func (t *KeyTable) BindTemp(r *Request, permID, nonce int64, expiresAt int, encrypted []byte) error {
	temp := r.Key
	if !temp.Temporary {
		return tgerr.New(400, "TEMP_AUTH_KEY_EMPTY")
	}
	var id crypto.AuthKey
	id.SetIntID(permID)
	perm, ok := r.Conn.srv.lookup(id.ID)
	if !ok || perm.Temporary {
		return tgerr.New(400, "ENCRYPTED_MESSAGE_INVALID")
	}
	if int64(expiresAt) <= r.Conn.srv.cfg.Clock().Unix() {
		return tgerr.New(400, "EXPIRES_AT_INVALID")
	}
	msgID, inner, ok := openBindMessage(perm, encrypted)
	if !ok || msgID != r.MsgID ||
		inner.Nonce != nonce ||
		inner.TempAuthKeyID != temp.IntID() ||
		inner.PermAuthKeyID != permID ||
		inner.TempSessionID != r.Session.ID ||
		inner.ExpiresAt != expiresAt {
		return tgerr.New(400, "ENCRYPTED_MESSAGE_INVALID")
	}

	temp.mu.Lock()
	defer temp.mu.Unlock()
	if temp.owner != nil && temp.owner != perm {
		return tgerr.New(400, "TEMP_AUTH_KEY_ALREADY_BOUND")
	}
	temp.owner = perm
	return nil
}

// ForgetOthers removes the other temporary keys that are bound to the permanent key of
// temp.
func (t *KeyTable) ForgetOthers(temp *Key) {
	owner := temp.Owner()
	for k := range t.All() {
		if k != temp && k.Temporary && k.Owner() == owner {
			t.Forget(k.ID)
		}
	}
}

// openBindMessage decrypts the special binding message, which uses the key
// derivation of MTProto 1.0 and hashes the message without its padding.
//
// https://core.telegram.org/api/pfs#special-binding-message
func openBindMessage(perm *Key, encrypted []byte) (msgID int64, inner crypto.BindAuthKeyInner, ok bool) {
	// random:int128 msg_id:long seq_no:int msg_len:int
	const header = 16 + 8 + 4 + 4

	var m crypto.EncryptedMessage
	if err := m.Decode(&bin.Buffer{Buf: encrypted}); err != nil ||
		m.AuthKeyID != perm.ID ||
		len(m.EncryptedData) < header ||
		len(m.EncryptedData)%aes.BlockSize != 0 {
		return 0, inner, false
	}
	key, iv := crypto.KeysV1(perm.auth.Value, m.MsgKey)
	plain := make([]byte, len(m.EncryptedData))
	ige.DecryptAES256Blocks(key[:], iv[:], plain, m.EncryptedData)

	b := &bin.Buffer{Buf: plain[16:]}
	msgID, _ = b.Long()
	_, _ = b.Int() // The seqno is not used.
	n, _ := b.Int()
	if n < 0 || n > b.Len() || crypto.MessageKeyV1(plain[:header+n]) != m.MsgKey {
		return 0, inner, false
	}
	return msgID, inner, inner.Decode(b) == nil
}

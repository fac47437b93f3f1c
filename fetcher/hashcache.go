package fetcher

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cache"
)

// windowBytes is the length of a cached window: its limit and its hash. The
// offset is in the key.
const windowBytes = 4 + sha256.Size

// cacheWindows keeps hashes for whoever reads the file next.
func (r *remote) cacheWindows(hashes []tg.FileHash) {
	for _, h := range hashes {
		piece := binary.BigEndian.AppendUint32(make([]byte, 0, windowBytes), uint32(h.Limit))
		r.c.cache.Put(r.windowKey(h.Offset), append(piece, h.Hash...))
	}
}

// cachedWindow is the window at an offset, if an earlier reader learnt it.
func (r *remote) cachedWindow(offset int64) ([]tg.FileHash, bool) {
	var piece [windowBytes]byte
	n, ok := r.c.cache.Get(r.windowKey(offset), piece[:])
	if !ok || n != windowBytes {
		return nil, false
	}
	return []tg.FileHash{{
		Offset: offset,
		Limit:  int(binary.BigEndian.Uint32(piece[:4])),
		Hash:   piece[4:],
	}}, true
}

func (r *remote) windowKey(offset int64) cache.Key {
	return cache.Key{File: r.file.Key(), Kind: cache.Window, Offset: offset}
}

package foreign

import (
	"bytes"
	"context"

	"github.com/gotd/td/session"
)

// parseGoTD reads what session.FileStorage of gotd writes.
func parseGoTD(data []byte) (Login, error) {
	storage := &session.StorageMemory{}
	if err := storage.StoreSession(context.Background(), data); err != nil {
		return Login{}, err
	}
	d, err := (&session.Loader{Storage: storage}).Load(context.Background())
	if err != nil {
		return Login{}, damaged("no JSON of gotd, or of another version of it")
	}
	l := Login{DC: d.DC, Addr: d.Addr, Test: d.Config.TestMode, Salt: d.Salt}
	if copy(l.Key[:], d.AuthKey) != len(l.Key) || len(d.AuthKey) != len(l.Key) {
		return Login{}, damaged("its key has %d bytes", len(d.AuthKey))
	}
	if id := l.Key.ID(); len(d.AuthKeyID) > 0 && !bytes.Equal(id[:], d.AuthKeyID) {
		return Login{}, damaged("its key is not the one that it names")
	}
	if l.DC == 0 {
		l.DC = d.Config.ThisDC // Files of old versions have it there only.
	}
	return l, nil
}

func writeGoTD(l Login) ([]byte, error) {
	id := l.Key.ID()
	storage := &session.StorageMemory{}
	err := (&session.Loader{Storage: storage}).Save(context.Background(), &session.Data{
		Config:    session.Config{ThisDC: l.DC, TestMode: l.Test},
		DC:        l.DC,
		Addr:      l.Addr,
		AuthKey:   l.Key[:],
		AuthKeyID: id[:],
		Salt:      l.Salt,
	})
	if err != nil {
		return nil, err
	}
	return storage.LoadSession(context.Background())
}

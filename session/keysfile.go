package session

import (
	"fmt"
	"time"
)

// Names of the sections of the keys file.
const (
	sectionAccount = "account"
	sectionDCs     = "dcs"
	sectionCDN     = "cdn"
)

// accountRecord is the account section.
type accountRecord struct {
	HomeDC int   `json:"home_dc,omitzero"`
	UserID int64 `json:"user_id,omitzero"`
	Bot    bool  `json:"bot,omitzero"`
}

// keyRecord is one data center in the dcs and cdn sections.
type keyRecord struct {
	Key      []byte       `json:"key"`
	Salts    []saltRecord `json:"salts,omitempty"`
	Imported bool         `json:"imported,omitzero"`
	// OffsetMS is the server's clock minus ours in milliseconds.
	OffsetMS  int64     `json:"time_offset_ms,omitzero"`
	CreatedAt time.Time `json:"created_at,omitzero"`
}

type saltRecord struct {
	Value int64     `json:"value"`
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// decodeKeys reads the known sections. Its errors are formatErrors.
func decodeKeys(s sections) (Keys, error) {
	var (
		account  accountRecord
		dcs, cdn map[int]keyRecord
	)
	if err := s.get(sectionAccount, &account); err != nil {
		return Keys{}, err
	}
	if err := s.get(sectionDCs, &dcs); err != nil {
		return Keys{}, err
	}
	if err := s.get(sectionCDN, &cdn); err != nil {
		return Keys{}, err
	}
	k := Keys{HomeDC: account.HomeDC, UserID: account.UserID, Bot: account.Bot}
	var err error
	if k.DCs, err = decodeDCKeys(dcs); err != nil {
		return Keys{}, err
	}
	if k.CDN, err = decodeDCKeys(cdn); err != nil {
		return Keys{}, err
	}
	return k, nil
}

func decodeDCKeys(records map[int]keyRecord) (map[int]DCKeys, error) {
	m := make(map[int]DCKeys, len(records))
	for id, r := range records {
		dc := DCKeys{
			Imported:   r.Imported,
			TimeOffset: time.Duration(r.OffsetMS) * time.Millisecond,
			CreatedAt:  r.CreatedAt,
		}
		if len(r.Key) != len(dc.AuthKey) {
			return nil, formatError(fmt.Sprintf("its key of DC %d is %d bytes long, not %d", id, len(r.Key), len(dc.AuthKey)))
		}
		copy(dc.AuthKey[:], r.Key)
		for _, salt := range r.Salts {
			dc.Salts = append(dc.Salts, Salt(salt))
		}
		m[id] = dc
	}
	return m, nil
}

// encodeKeys writes the known sections into s and leaves the others.
func encodeKeys(k Keys, s sections) error {
	account := accountRecord{HomeDC: k.HomeDC, UserID: k.UserID, Bot: k.Bot}
	if err := s.set(sectionAccount, account); err != nil {
		return err
	}
	if err := s.set(sectionDCs, encodeDCKeys(k.DCs)); err != nil {
		return err
	}
	return s.set(sectionCDN, encodeDCKeys(k.CDN))
}

func encodeDCKeys(m map[int]DCKeys) map[int]keyRecord {
	records := make(map[int]keyRecord, len(m))
	for id, dc := range m {
		r := keyRecord{
			Key:       dc.AuthKey[:],
			Imported:  dc.Imported,
			OffsetMS:  dc.TimeOffset.Milliseconds(),
			CreatedAt: dc.CreatedAt.UTC().Truncate(time.Second),
		}
		for _, salt := range dc.Salts {
			r.Salts = append(r.Salts, saltRecord{
				Value: salt.Value,
				Since: salt.Since.UTC(),
				Until: salt.Until.UTC(),
			})
		}
		records[id] = r
	}
	return records
}

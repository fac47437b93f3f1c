package dcpool

import (
	"errors"
	"fmt"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// appConfigDepth is how deep values of help.getAppConfig may be nested. Telegram's
// are less than five.
const appConfigDepth = 20

// appConfig is an answer of help.getAppConfig. It is asked for without anybody's
// wish, and gotd's decoder follows the nesting wherever it leads, so that is
// looked at first.
type appConfig struct{ tg.HelpAppConfigBox }

// Decode implements bin.Decoder.
func (a *appConfig) Decode(b *bin.Buffer) error {
	if err := checkAppConfig(&bin.Buffer{Buf: b.Buf}); err != nil {
		return fmt.Errorf("help.getAppConfig: %w", err)
	}
	return a.HelpAppConfigBox.Decode(b)
}

func checkAppConfig(b *bin.Buffer) error {
	id, err := b.ID()
	if err != nil || id != tg.HelpAppConfigTypeID {
		return err // Nothing in the others is nested.
	}
	if _, err := b.Int(); err != nil { // The hash.
		return err
	}
	return skipJSON(b, appConfigDepth)
}

// skipJSON reads past a JSONValue with at most depth values inside one another.
//
// See https://core.telegram.org/type/JSONValue.
func skipJSON(b *bin.Buffer, depth int) error {
	if depth == 0 {
		return errors.New("values are nested too deep")
	}
	id, err := b.ID()
	if err != nil {
		return err
	}
	switch id {
	case tg.JSONNullTypeID:
	case tg.JSONBoolTypeID:
		_, err = b.Bool()
	case tg.JSONNumberTypeID:
		_, err = b.Double()
	case tg.JSONStringTypeID:
		_, err = b.String()
	case tg.JSONArrayTypeID:
		err = skipVector(b, func() error { return skipJSON(b, depth-1) })
	case tg.JSONObjectTypeID:
		err = skipVector(b, func() error {
			if err := b.ConsumeID(tg.JSONObjectValueTypeID); err != nil {
				return err
			}
			if _, err := b.String(); err != nil {
				return err
			}
			return skipJSON(b, depth-1)
		})
	default:
		err = bin.NewUnexpectedID(id)
	}
	return err
}

func skipVector(b *bin.Buffer, skip func() error) error {
	n, err := b.VectorHeader()
	for i := 0; i < n && err == nil; i++ {
		err = skip()
	}
	return err
}

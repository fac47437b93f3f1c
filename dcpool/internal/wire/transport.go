package wire

import "fmt"

// Transport is how MTProto messages are framed on the byte stream.
//
// The zero value is nobody's choice.
//
// See https://core.telegram.org/mtproto/mtproto-transports.
type Transport uint8

const (
	// ObfuscatedPadded is obfuscated2 around padded intermediate: the default,
	// and the only one besides ObfuscatedIntermediate that carries the DC id.
	ObfuscatedPadded Transport = iota + 1
	// ObfuscatedIntermediate is obfuscated2 around intermediate.
	ObfuscatedIntermediate
	// Intermediate has a four-byte length.
	Intermediate
	// Padded is intermediate with up to 15 bytes of random padding.
	Padded
	// Abridged has a length of one or four bytes.
	Abridged
	// Full has a length, a sequence number and a CRC32.
	Full
)

func (t Transport) String() string {
	switch t {
	case ObfuscatedPadded:
		return "obfuscated padded intermediate"
	case ObfuscatedIntermediate:
		return "obfuscated intermediate"
	case Intermediate:
		return "intermediate"
	case Padded:
		return "padded intermediate"
	case Abridged:
		return "abridged"
	case Full:
		return "full"
	default:
		return fmt.Sprintf("Transport(%d)", uint8(t))
	}
}

package fetcher

import "fmt"

// VerifyMode says how much of a file is compared with the hashes that its data
// center publishes. The windows of a CDN are always compared, whatever the mode.
//
// A hash that does not match has its window fetched again, twice at most; after
// that the file fails with a [*VerifyError].
//
// https://core.telegram.org/method/upload.getFileHashes
type VerifyMode uint8

const (
	// VerifyServer, the default, compares a sample, spread over the file: one
	// request for hashes goes out behind every tenth request for data, so that
	// they are never more than a tenth of all, and of what an earlier run left
	// every tenth MiB is compared. Files of up to 1 MiB are left out. The end of a
	// file waits for answers that are on their way already, and no longer than
	// 1 s. What was not compared is not Proven. A data center that has no hashes,
	// or asks to wait, is not asked again by this Client.
	//
	// What an earlier run was to compare and did not, and what came in place of
	// bytes that a hash contradicted, is no sample: it is compared however long
	// that takes. Without a hash the latter fails with a [*VerifyError].
	VerifyServer VerifyMode = iota
	// VerifyOff asks for no hashes.
	VerifyOff
	// VerifyFull compares every byte of every file, those that are there already
	// included, waits for the hashes as long as it takes, and fails with a
	// [*VerifyError] if there is none for a range.
	VerifyFull
)

var verifyModes = [...]string{VerifyServer: "server", VerifyOff: "off", VerifyFull: "full"}

// String is the mode as UnmarshalText reads it.
func (m VerifyMode) String() string {
	if int(m) < len(verifyModes) {
		return verifyModes[m]
	}
	return fmt.Sprintf("VerifyMode(%d)", uint8(m))
}

// MarshalText implements encoding.TextMarshaler.
func (m VerifyMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *VerifyMode) UnmarshalText(text []byte) error {
	for mode, name := range verifyModes {
		if name == string(text) {
			*m = VerifyMode(mode)
			return nil
		}
	}
	return fmt.Errorf("%q is none of off, server, full", text)
}

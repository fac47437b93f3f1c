package live

// Names of the rows.
const (
	lastWindow  = "last-window"
	hashBatch   = "hash-batch"
	photoHashes = "photo-hashes"
	mediaOnly   = "media-only"
	static      = "static"
	tcpoOnly    = "tcpo-only"
	secret      = "secret"
	redirect    = "redirect"
	cdnReach    = "cdn"
	tempKey     = "temp-key"
	freshKey    = "fresh-key"
	rate        = "rate"
	clock       = "clock"
	queues      = "queues"
	premium     = "premium"
)

// Beliefs returns the rows in their order, with no question asked yet.
func Beliefs() []Row {
	rows := []Row{
		{Name: lastWindow, Belief: "the last hash window of a file states 131072 bytes, like all others"},
		{Name: hashBatch, Belief: "an answer of upload.getFileHashes holds 8 windows of 131072 bytes"},
		{Name: photoHashes, Belief: "photos have hashes, as documents have"},
		{Name: mediaOnly, Belief: "some addresses are for files alone (media_only)"},
		{Name: static, Belief: "data centers have static addresses, and others beside them"},
		{Name: tcpoOnly, Belief: "no address wants obfuscation alone (tcpo_only)"},
		{Name: secret, Belief: "a secret has 16 bytes, or begins with dd, or with ee and ends in a domain"},
		{Name: redirect, Belief: "a redirect to a CDN brings hashes of the file's beginning"},
		{Name: cdnReach, Belief: "the CDN of a redirect can be reached, and its bytes match their hashes"},
		{Name: tempKey, Belief: "a temporary key outlives the binding of another one to the same key"},
		{Name: freshKey, Belief: "a key that was just made is known at another address of its data center"},
		{Name: rate, Belief: "reading over 1, 2, 4, 8 connections brings no FLOOD_WAIT"},
		{Name: clock, Belief: "this clock is within 5 s of Telegram's"},
		{Name: queues, Belief: "5 small and 2 large files at once are asked for, with Premium 10 and 4"},
		{Name: premium, Belief: "files are said to come 10 times as fast with Premium"},
	}
	for i := range rows {
		rows[i].Result = NotAsked
	}
	return rows
}

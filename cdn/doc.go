// Package cdn knows what a Telegram CDN may be trusted with: nothing, until
// the hashes of the file's own data center say otherwise. It does no I/O.
//
// Its pieces, in the order a download meets them:
//
//   - [Parse] makes a [Redirect] of upload.fileCdnRedirect, refusing keys of the
//     wrong size; [Redirect.Decrypt] turns what the CDN sent into the file's
//     bytes, in place and at any offset.
//   - [Windows] collects the SHA-256 windows the file's data center publishes, and
//     [Windows.Check] says which of them a range of decrypted bytes breaks and
//     from where on hashes are missing.
//   - [State] decides where the file's bytes come from now: its own data center, the
//     CDN, or its own data center with the CDN ruled out. Every redirect has a revision, so
//     that what was learnt under an old one cannot touch a newer one.
//
// Bytes that did not pass Check must not be written, shown or hashed.
//
// https://core.telegram.org/cdn
package cdn

// Package nest bounds how deep an answer of a server nests, before it is decoded. Generated decoders
// call themselves for each level, and repeat an error at each, so that a few kilobytes
// could take all memory, or a stack overflow, which nothing recovers.
//
// It reads past objects by their layouts, which are those of gotd's schema: layouts.txt is written by
// `go test ./dcpool/internal/nest -run TestLayouts -write`. It has to be at least as patient as
// gotd's decoders: what it cannot read, they do not read either.
package nest

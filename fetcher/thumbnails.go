package fetcher

// Thumbnails says which thumbnails are wanted.
type Thumbnails uint8

const (
	// NoThumbnails wants documents only.
	NoThumbnails Thumbnails = iota
	// WithThumbnails wants the largest thumbnail of a document beside it.
	WithThumbnails
	// OnlyThumbnails wants it in the document's place.
	OnlyThumbnails
)

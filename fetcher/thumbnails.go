package fetcher

// Thumbnails says which thumbnails are wanted.
type Thumbnails uint8

const (
	// NoThumbnails wants documents only.
	NoThumbnails Thumbnails = iota
	// WithThumbnails wants the largest thumbnail of a document beside it, and the
	// cover that the sender of a video chose.
	WithThumbnails
	// OnlyThumbnails wants it in the document's place.
	OnlyThumbnails
)

package fetcher

import "github.com/tgfetch/tgfetch/fetcher/link"

// Link and LinkError are those of package link.
type (
	Link      = link.Link
	LinkError = link.Error
)

// ParseLink parses a link to messages, see [link.Parse]. The error is a [*LinkError].
func ParseLink(s string) (Link, error) { return link.Parse(s) }

const savedMessages = link.SavedMessages

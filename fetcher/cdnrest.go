package fetcher

// cdnWatcher is a Doer that knows whether a CDN is out of reach, as *dcpool.Pool does.
type cdnWatcher interface {
	CDNResting() bool
}

// cdnResting says that the CDN could not be reached a while ago, so that redirects to
// it are not asked for.
func (c *Client) cdnResting() bool {
	w, ok := c.doer.(cdnWatcher)
	return ok && w.CDNResting()
}

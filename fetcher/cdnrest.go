package fetcher

// cdnResting says that the CDN could not be reached a while ago, so that redirects to
// it are not asked for.
func (c *Client) cdnResting() bool { return c.skills.cdns != nil && c.skills.cdns.CDNResting() }

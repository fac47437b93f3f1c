package simdc

const (
	endpointMain  = "main"
	endpointMedia = "media"
)

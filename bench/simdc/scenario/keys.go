package scenario

// Names of the embedded keys that have a role of their own.
const (
	// SharedKey is what every DC but the CDN uses unless its scenario says otherwise.
	SharedKey = "shared"
	// CDNKey is what CDN DCs use; only help.getCdnConfig publishes it.
	CDNKey = "cdn"
)

// SpareKeys returns the names of the keys that a DC gets in turn when it rotates
// its key.
func SpareKeys() []string { return []string{"spare-1", "spare-2", "spare-3", "spare-4"} }

// keys are the names of all.
var keys = append([]string{SharedKey, CDNKey}, SpareKeys()...)

// Package gauge loads one way to a data center with one setting and measures what
// comes: the files that are read ([Files]), and the reading ([Way.Visit]).
//
// What is read is checked, its length always and its bytes where the data center
// published hashes, and forgotten.
package gauge

// Package judges lets clients and proxies by other people judge the simulator
// and tgfetch: what they cannot work with is wrong here until a document says
// otherwise. It has nothing but tests, which run when they are asked for:
//
//	go test ./bench/simdc/simdctest/judges -judges -timeout 40m
//
// README.md beside this file says what they need and what they do.
package judges

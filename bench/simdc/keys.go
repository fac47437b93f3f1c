package simdc

import (
	"crypto/rsa"
	"crypto/x509"
	"embed"
	"encoding/pem"
	"fmt"
	"strings"
)

// The keys of the simulator are fixed and public: generating them would cost
// the start its two seconds, and there is nothing to protect.
//
//go:embed keys/simulator-*.pem
var keyFiles embed.FS

// loadKey returns the embedded key with that name.
func loadKey(name string) (*rsa.PrivateKey, error) {
	data, err := keyFiles.ReadFile("keys/simulator-" + name + ".pem")
	if err != nil || strings.ContainsAny(name, "/.") {
		return nil, fmt.Errorf("no simulator key %q", name)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("simulator key %q is not PEM", name)
	}
	return x509.ParsePKCS1PrivateKey(block.Bytes)
}

// publicPEM returns the public half as PKCS #1 in PEM, the form in which
// help.getCdnConfig and cluster files carry keys.
func publicPEM(key *rsa.PrivateKey) string {
	return string(pem.EncodeToMemory(&pem.Block{
		Type:  "RSA PUBLIC KEY",
		Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey),
	}))
}

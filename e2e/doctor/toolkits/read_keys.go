// Reads the key in each file that standard input names: its public key (DER, base64), or - where it cannot.
package main

import (
	"bufio"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
)

func read(name string) (any, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM", name)
	}
	switch block.Type {
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		return key.Public(), nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	return key.(crypto.Signer).Public(), nil
}

func main() {
	files := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for files.Scan() {
		line := "-"
		if key, err := read(files.Text()); err == nil {
			if spki, err := x509.MarshalPKIXPublicKey(key); err == nil {
				line = base64.StdEncoding.EncodeToString(spki)
			}
		}
		fmt.Fprintln(out, line)
	}
}

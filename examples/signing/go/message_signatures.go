// Signs a request by RFC 9421 with the standard library, sends it and prints the answer.
// COUNTERSIGN_KEY_ID=ID COUNTERSIGN_KEY_FILE=FILE go run message_signatures.go METHOD URL [BODY]
package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

func signRequest(request *http.Request, body, keyID string, key any) error {
	names, base := []string{}, ""
	cover := func(name, value string) {
		names = append(names, `"`+name+`"`)
		base += `"` + name + `": ` + value + "\n"
	}
	cover("@method", request.Method)
	cover("@authority", strings.ToLower(request.URL.Host))
	cover("@path", request.URL.EscapedPath())
	if request.URL.RawQuery != "" {
		cover("@query", "?"+request.URL.RawQuery)
	}
	if body != "" {
		hash := sha256.Sum256([]byte(body))
		digest := "sha-256=:" + base64.StdEncoding.EncodeToString(hash[:]) + ":"
		request.Header.Set("Content-Digest", digest)
		cover("content-digest", digest)
	}
	nonce := make([]byte, 16)
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	parameters := fmt.Sprintf(`(%s);created=%d;keyid="%s";nonce="%s";tag="countersign"`,
		strings.Join(names, " "), time.Now().Unix(), keyID, hex.EncodeToString(nonce))
	signature, err := signText(key, base+`"@signature-params": `+parameters)
	if err != nil {
		return err
	}
	request.Header.Set("Signature-Input", "sig1="+parameters)
	request.Header.Set("Signature", "sig1=:"+base64.StdEncoding.EncodeToString(signature)+":")
	return nil
}

func signText(key any, text string) ([]byte, error) {
	switch key := key.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(key, []byte(text)), nil
	case *rsa.PrivateKey:
		hash := sha512.Sum512([]byte(text))
		return rsa.SignPSS(rand.Reader, key, crypto.SHA512, hash[:], &rsa.PSSOptions{SaltLength: 64})
	}
	return nil, fmt.Errorf("the key is neither Ed25519 nor RSA")
}

func readKey(file string) (any, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM", file)
	}
	if block.Type == "RSA PRIVATE KEY" {
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	}
	return x509.ParsePKCS8PrivateKey(block.Bytes)
}

func main() {
	key, err := readKey(os.Getenv("COUNTERSIGN_KEY_FILE"))
	check(err)
	body := strings.Join(os.Args[3:], "")
	request, err := http.NewRequest(os.Args[1], os.Args[2], strings.NewReader(body))
	check(err)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	check(signRequest(request, body, os.Getenv("COUNTERSIGN_KEY_ID"), key))
	response, err := http.DefaultClient.Do(request)
	check(err)
	answer, err := io.ReadAll(response.Body)
	check(err)
	fmt.Println(response.StatusCode, string(answer))
	if response.StatusCode >= 400 {
		os.Exit(1)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Signs a request by access headers with the standard library, sends it and prints the answer.
// COUNTERSIGN_KEY_ID=ID COUNTERSIGN_KEY_FILE=FILE go run access_headers.go METHOD URL [BODY]
package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func signRequest(request *http.Request, keyID string, key any) error {
	timestamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	signature, err := signText(key, timestamp+request.Method+request.URL.EscapedPath())
	if err != nil {
		return err
	}
	request.Header.Set("KALSHI-ACCESS-KEY", keyID)
	request.Header.Set("KALSHI-ACCESS-TIMESTAMP", timestamp)
	request.Header.Set("KALSHI-ACCESS-SIGNATURE", base64.StdEncoding.EncodeToString(signature))
	return nil
}

func signText(key any, text string) ([]byte, error) {
	switch key := key.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(key, []byte(text)), nil
	case *rsa.PrivateKey:
		hash := sha256.Sum256([]byte(text))
		return rsa.SignPSS(rand.Reader, key, crypto.SHA256, hash[:], &rsa.PSSOptions{SaltLength: 32})
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
	check(signRequest(request, os.Getenv("COUNTERSIGN_KEY_ID"), key))
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

// Command go-server is what somebody would write first in Go: net/http, and rsa.VerifyPSS over the signed text.
//
// Its argument is the public key as PEM. It prints its port, answers GET /cpu with the microseconds of processor time
// that it has taken, and ends when its standard input ends.
package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
)

func main() {
	block, _ := pem.Decode([]byte(os.Args[1]))
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		log.Fatal(err)
	}
	key := parsed.(*rsa.PublicKey)

	http.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		if !isSigned(key, r.Header) {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	http.HandleFunc("/cpu", func(w http.ResponseWriter, _ *http.Request) {
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, microseconds(usage.Utime)+microseconds(usage.Stime))
	})

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	log.Fatal(http.Serve(listener, nil))
}

func isSigned(key *rsa.PublicKey, header http.Header) bool {
	path, _, _ := strings.Cut(header.Get("X-Original-Uri"), "?")
	text := header.Get("Kalshi-Access-Timestamp") + header.Get("X-Original-Method") + path
	signature, err := base64.StdEncoding.DecodeString(header.Get("Kalshi-Access-Signature"))
	if err != nil || header.Get("Kalshi-Access-Key") == "" {
		return false
	}
	digest := sha256.Sum256([]byte(text))
	return rsa.VerifyPSS(key, crypto.SHA256, digest[:], signature, nil) == nil
}

func microseconds(time syscall.Timeval) int64 {
	return time.Sec*1_000_000 + int64(time.Usec)
}

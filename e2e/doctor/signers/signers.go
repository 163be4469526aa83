// Mistaken signers with Go's crypto: tab-separated lines, as in openssl.sh.
package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
)

var timestamp, path, query = os.Getenv("TIMESTAMP"), os.Getenv("TARGET_PATH"), os.Getenv("QUERY")

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func load(name string) any {
	file, err := os.ReadFile(os.Getenv(name))
	check(err)
	block, _ := pem.Decode(file)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	check(err)
	return key
}

func pss(key *rsa.PrivateKey, text string, salt int) []byte {
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: salt})
	check(err)
	return signature
}

func say(name, causes, keyType, request, sent, signature string) {
	fmt.Printf("%s\t%s\t%s\t%s\t%s\t%s\n", name, causes, keyType, request, sent, signature)
}

func main() {
	key, short := load("RSA_KEY").(*rsa.PrivateKey), load("ED25519_KEY").(ed25519.PrivateKey)
	b64 := base64.StdEncoding.EncodeToString
	text := timestamp + "GET" + path
	digest := sha256.Sum256([]byte(text))

	say("SignPSS", "correct", "rsa", "GET", timestamp, b64(pss(key, text, rsa.PSSSaltLengthAuto)))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	check(err)
	say("SignPKCS1v15", "pkcs1_padding", "rsa", "GET", timestamp, b64(signature))
	say("url.RequestURI()", "query_signed", "rsa", "QUERY", timestamp, b64(pss(key, text+query, 32)))
	say("url.RequestURI() of a short path", "query_signed,base_path_missing", "ed25519", "QUERY", timestamp,
		b64(ed25519.Sign(short, []byte(timestamp+"GET"+path[len(os.Getenv("BASE_PATH")):]+query))))
	nanoseconds, microseconds := timestamp+"000000", timestamp+"000"
	say("UnixNano()", "timestamp_in_nanoseconds", "rsa", "GET", nanoseconds, b64(pss(key, nanoseconds+"GET"+path, 32)))
	say("UnixMicro()", "timestamp_in_microseconds", "ed25519", "GET", microseconds,
		b64(ed25519.Sign(short, []byte(microseconds+"GET"+path))))
	say("ed25519.Sign of a digest", "hashed_twice", "ed25519", "GET", timestamp, b64(ed25519.Sign(short, digest[:])))
	say("SignPSS of a digest of a digest", "hashed_twice", "rsa", "GET", timestamp, b64(pss(key, string(digest[:]), 32)))
	say("hex.EncodeToString", "signature_hex", "rsa", "GET", timestamp, hex.EncodeToString(pss(key, text, 32)))
	say("RawStdEncoding", "signature_unpadded", "rsa", "GET", timestamp, base64.RawStdEncoding.EncodeToString(pss(key, text, 32)))
	say("the key id in front", "key_id_signed", "rsa", "GET", timestamp, b64(pss(key, os.Getenv("RSA_KEY_ID")+text, 32)))
	say("the base path twice", "base_path_doubled", "ed25519", "GET", timestamp,
		b64(ed25519.Sign(short, []byte(timestamp+"GET"+os.Getenv("BASE_PATH")+path))))
	say("no timestamp", "parts_missing", "rsa", "GET", timestamp, b64(pss(key, "GET"+path, 32)))
	quoted, err := json.Marshal(text)
	check(err)
	say("json.Marshal", "text_quoted", "rsa", "GET", timestamp, b64(pss(key, string(quoted), 32)))
	say("lines at the end", "newline_appended", "ed25519", "GET", timestamp, b64(ed25519.Sign(short, []byte(text+"\n"))))
	say("the text twice", "none", "rsa", "GET", timestamp, b64(pss(key, text+text, 32)))
	say("a stranger's key", "none", "rsa", "GET", timestamp, b64(pss(load("STRANGER_KEY").(*rsa.PrivateKey), text, 32)))
}

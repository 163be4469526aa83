#!/bin/sh
# Mistaken signers with openssl: one line each, tab-separated: name, causes, key type, request, timestamp, signature.
set -eu
cd "$(mktemp -d)"

say() {
  printf '%s\t%s\t%s\t%s\t%s\t' "$1" "$2" "$3" "$4" "$5"
  tr '\n' ' ' | sed 's/ *$//'
  printf '\n'
}
pss() { openssl dgst -sha256 -sign "$RSA_KEY" -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32; }
ed25519() {
  cat > text
  openssl pkeyutl -sign -rawin -inkey "$ED25519_KEY" -in text
}
base64() { openssl base64 -A; }
SECONDS_TEXT=$(printf %s "$TIMESTAMP" | cut -c 1-10)

printf %s "${TIMESTAMP}GET$TARGET_PATH" | pss | base64 | say 'dgst, PSS' correct rsa GET "$TIMESTAMP"
printf %s "${TIMESTAMP}GET$TARGET_PATH" | openssl dgst -sha256 -sign "$RSA_KEY" -sigopt rsa_padding_mode:pss |
  base64 | say 'dgst, PSS with the longest salt' correct rsa GET "$TIMESTAMP"
printf %s "${TIMESTAMP}GET$TARGET_PATH" | openssl dgst -sha256 -sign "$RSA_KEY" | base64 |
  say 'dgst as it is' pkcs1_padding rsa GET "$TIMESTAMP"
printf %s "${TIMESTAMP}GET$TARGET_PATH$QUERY" | pss | base64 | say 'the query' query_signed rsa QUERY "$TIMESTAMP"
echo "${TIMESTAMP}GET$TARGET_PATH" | pss | base64 | say 'echo' newline_appended rsa GET "$TIMESTAMP"
printf %s "${TIMESTAMP}GET$TARGET_PATH" |
  openssl dgst -sha1 -sign "$RSA_KEY" -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20 | base64 |
  say 'dgst -sha1' pss_sha1 rsa GET "$TIMESTAMP"
printf %s "${TIMESTAMP}GET$TARGET_PATH" |
  openssl dgst -sha512 -sign "$RSA_KEY" -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:64 | base64 |
  say 'dgst -sha512' wrong_hash rsa GET "$TIMESTAMP"
printf %s "${TIMESTAMP}GET$TARGET_PATH" |
  openssl dgst -sha256 -sign "$RSA_KEY" -sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:sha1 | base64 |
  say 'MGF1 with SHA-1' mgf1_sha1 rsa GET "$TIMESTAMP"
printf %s "${TIMESTAMP}GET$TARGET_PATH" | pss | openssl base64 |
  say 'base64 without -A' signature_line_breaks rsa GET "$TIMESTAMP"
printf %s "${TIMESTAMP}GET$TARGET_PATH" | pss | od -An -tx1 | tr -d ' \n' |
  say 'hexadecimal letters' signature_hex rsa GET "$TIMESTAMP"
printf %s "${TIMESTAMP}GET$TARGET_PATH" | openssl dgst -sha256 -binary > digest
openssl pkeyutl -sign -inkey "$RSA_KEY" -in digest | base64 |
  say 'pkeyutl over a digest that it is not told of' pkcs1_padding rsa GET "$TIMESTAMP"
openssl pkeyutl -sign -inkey "$RSA_KEY" -in digest -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss |
  base64 | say 'pkeyutl over a digest' correct rsa GET "$TIMESTAMP"
pss < digest | base64 | say 'dgst over a digest' hashed_twice rsa GET "$TIMESTAMP"
od -An -tx1 digest | tr -d ' \n' | pss | base64 | say 'dgst over the letters of a digest' hex_digest_signed rsa GET "$TIMESTAMP"
printf %s "${SECONDS_TEXT}GET$TARGET_PATH" | pss | base64 | say 'date +%s' timestamp_in_seconds rsa GET "$SECONDS_TEXT"
printf %s "${TIMESTAMP}GET${TARGET_PATH#"$BASE_PATH"}" | ed25519 | base64 |
  say 'pkeyutl, no base path' base_path_missing ed25519 GET "$TIMESTAMP"
printf %s "${TIMESTAMP}POST$TARGET_PATH$BODY" | ed25519 | base64 | say 'pkeyutl, the body' body_appended ed25519 POST "$TIMESTAMP"
printf %s "something else" | pss | base64 | say 'an unlisted text' none rsa GET "$TIMESTAMP"
printf %s "${TIMESTAMP}GET$TARGET_PATH" |
  openssl dgst -sha256 -sign "$STRANGER_KEY" -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 | base64 |
  say "a stranger's key" none rsa GET "$TIMESTAMP"
openssl rand 256 | base64 | say 'random bytes' none rsa GET "$TIMESTAMP"

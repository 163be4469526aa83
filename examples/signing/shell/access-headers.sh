#!/bin/sh
# Signs a request by access headers with openssl 3, sends it with curl and prints the answer.
# COUNTERSIGN_KEY_ID=ID COUNTERSIGN_KEY_FILE=FILE sh access-headers.sh METHOD URL [BODY]
set -eu
method=$1 url=$2 body=${3-}

target=/${url#*://*/} path=${target%%\?*}
timestamp=$(date +%s)000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

printf %s "$timestamp$method$path" >"$work/text"
case $(openssl pkey -in "$COUNTERSIGN_KEY_FILE" -noout -text) in
  *ED25519*) openssl pkeyutl -sign -rawin -inkey "$COUNTERSIGN_KEY_FILE" -in "$work/text" >"$work/signature" ;;
  *) openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sign "$COUNTERSIGN_KEY_FILE" \
      "$work/text" >"$work/signature" ;;
esac

if [ -n "$body" ]; then set -- --header 'Content-Type: application/json' --data-binary "$body"; else set --; fi
curl --silent --show-error --fail-with-body --path-as-is --write-out '\n%{http_code}\n' --request "$method" "$url" \
  --header "KALSHI-ACCESS-KEY: $COUNTERSIGN_KEY_ID" \
  --header "KALSHI-ACCESS-TIMESTAMP: $timestamp" \
  --header "KALSHI-ACCESS-SIGNATURE: $(openssl base64 -A -in "$work/signature")" "$@"

#!/bin/sh
# Signs a request by RFC 9421 with openssl 3, sends it with curl and prints the answer.
# COUNTERSIGN_KEY_ID=ID COUNTERSIGN_KEY_FILE=FILE sh message-signatures.sh METHOD URL [BODY]
set -eu
method=$1 url=$2 body=${3-}

authority=${url#*://} authority=${authority%%/*}
target=/${url#*://*/} path=${target%%\?*} query=${target#"$path"}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cover() { # NAME VALUE
  names="${names-}${names+ }\"$1\""
  printf '"%s": %s\n' "$1" "$2" >>"$work/base"
}

cover @method "$method"
cover @authority "$authority"
cover @path "$path"
[ -z "$query" ] || cover @query "$query"
if [ -n "$body" ]; then
  digest="sha-256=:$(printf %s "$body" | openssl dgst -sha256 -binary | openssl base64 -A):"
  cover content-digest "$digest"
  set -- --header "Content-Digest: $digest" --header 'Content-Type: application/json' --data-binary "$body"
else
  set --
fi
parameters="($names);created=$(date +%s);keyid=\"$COUNTERSIGN_KEY_ID\";nonce=\"$(openssl rand -hex 16)\";tag=\"countersign\""
printf '"@signature-params": %s' "$parameters" >>"$work/base"

case $(openssl pkey -in "$COUNTERSIGN_KEY_FILE" -noout -text) in
  *ED25519*) openssl pkeyutl -sign -rawin -inkey "$COUNTERSIGN_KEY_FILE" -in "$work/base" >"$work/signature" ;;
  *) openssl dgst -sha512 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:64 -sign "$COUNTERSIGN_KEY_FILE" \
      "$work/base" >"$work/signature" ;;
esac

curl --silent --show-error --fail-with-body --path-as-is --write-out '\n%{http_code}\n' --request "$method" "$url" \
  --header "Signature-Input: sig1=$parameters" \
  --header "Signature: sig1=:$(openssl base64 -A -in "$work/signature"):" "$@"

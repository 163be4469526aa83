#!/bin/sh
# Manages API keys with nothing but openssl and curl: list, generate, use, register an own public key, delete, be refused.
#
#   usage:    sh shell-client.sh URL KEY_ID PRIVATE_KEY_FILE
#   example:  sh shell-client.sh http://127.0.0.1:4100 8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10 demo.pem
#   needs:    openssl 3, curl, sed, tr, date
#
#   BASE_PATH      /trade-api/v2
#   HEADER_PREFIX  KALSHI
#
# The round is done three times, with another kind of signature each: RSA-PSS with the salt length 32 that clients are told,
# RSA-PSS with the salt length that openssl takes by itself, and Ed25519. It ends with 1 at the first answer that is not as
# expected. What it makes, it deletes.
set -eu

[ $# -eq 3 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
url=$1 main_id=$2 main_key=$3
base_path=${BASE_PATH-/trade-api/v2}
prefix=${HEADER_PREFIX-KALSHI}

umask 077 # private keys are written here
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# --- signing --------------------------------------------------------------------------------------------------------------

# sign SCHEME PRIVATE_KEY_FILE: reads the text to sign, prints the signature in base64, on one line
sign() {
  cat >"$work/text"
  case $1 in
    pss-32) openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sign "$2" "$work/text" ;;
    pss-default) openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sign "$2" "$work/text" ;;
    ed25519) openssl pkeyutl -sign -rawin -inkey "$2" -in "$work/text" ;;
  esac | openssl base64 -A
}

# now: Unix milliseconds. Not every date knows %N; whole seconds are near enough to the server's clock.
now() {
  time=$(date +%s%3N)
  case $time in
    *[!0-9]*) time=$(date +%s)000 ;;
  esac
  printf %s "$time"
}

# call SCHEME KEY_ID PRIVATE_KEY_FILE METHOD PATH [JSON]: sends a signed request; sets $status and $body
call() {
  target=$base_path$5
  timestamp=$(now)
  # Signed are timestamp, method and path, nothing between them; the path without what begins with a question mark.
  signature=$(printf %s "$timestamp$4${target%%\?*}" | sign "$1" "$3")
  : >"$work/body"
  status=$(
    curl --silent --show-error --output "$work/body" --write-out '%{http_code}' --request "$4" "$url$target" \
      --header "$prefix-ACCESS-KEY: $2" \
      --header "$prefix-ACCESS-TIMESTAMP: $timestamp" \
      --header "$prefix-ACCESS-SIGNATURE: $signature" \
      ${6+--header "Content-Type: application/json" --data "$6"}
  )
  body=$(cat "$work/body")
}

# --- reading answers ------------------------------------------------------------------------------------------------------

# expect STATUS [TEXT]: ends the script where the last answer has another status, or does not hold the text
expect() {
  case $status$body in
    "$1"*"${2-}"*) echo "    $status ${2-}" ;;
    *) printf 'expected %s %s, got %s %s\n' "$1" "${2-}" "$status" "$body" >&2; exit 1 ;;
  esac
}

# field NAME: a text field of the last answer, with its \n made line ends
field() {
  printf %s "$body" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | sed 's/\\n/\
/g'
}

# --- the round ------------------------------------------------------------------------------------------------------------

# round SCHEME KEY_TYPE
round() {
  echo "$1"

  echo '  generate: the server makes the key pair, its private key comes once'
  call "$main_scheme" "$main_id" "$main_key" POST /api_keys/generate "{\"name\":\"generated $1\",\"key_type\":\"$2\"}"
  expect 201 '"private_key"'
  generated_id=$(field api_key_id)
  field private_key >"$work/generated.pem"

  echo '  use it: list the keys of the account'
  call "$1" "$generated_id" "$work/generated.pem" GET /api_keys
  expect 200 "$generated_id"

  echo '  register the public key of an own key pair: the private key never leaves'
  case $2 in
    rsa) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/own.pem" ;;
    ed25519) openssl genpkey -algorithm ed25519 -out "$work/own.pem" ;;
  esac
  public_key=$(openssl pkey -in "$work/own.pem" -pubout | sed 's/$/\\n/' | tr -d '\n')
  call "$1" "$generated_id" "$work/generated.pem" POST /api_keys "{\"name\":\"own $1\",\"public_key\":\"$public_key\"}"
  expect 201 '"api_key_id"'
  own_id=$(field api_key_id)

  echo '  use that one: delete the generated key'
  call "$1" "$own_id" "$work/own.pem" DELETE "/api_keys/$generated_id"
  expect 204

  echo '  the deleted key is refused'
  call "$1" "$generated_id" "$work/generated.pem" GET /api_keys
  expect 401 NOT_FOUND

  echo '  a key may delete itself, and is refused from then on'
  call "$1" "$own_id" "$work/own.pem" DELETE "/api_keys/$own_id"
  expect 204
  call "$1" "$own_id" "$work/own.pem" GET /api_keys
  expect 401 NOT_FOUND
}

# The key that the script was given signs with the scheme that fits it.
case $(openssl pkey -in "$main_key" -noout -text) in
  *ED25519*) main_scheme=ed25519 ;;
  *) main_scheme=pss-32 ;;
esac

echo 'list'
call "$main_scheme" "$main_id" "$main_key" GET /api_keys
expect 200 "$main_id"
before=$body

round pss-32 rsa
round pss-default rsa
round ed25519 ed25519

echo 'nothing is left behind'
call "$main_scheme" "$main_id" "$main_key" GET /api_keys
expect 200 "$before"

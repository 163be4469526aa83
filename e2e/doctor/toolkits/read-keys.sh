#!/bin/sh
# Reads the key in each file that standard input names: its public key (DER, base64), or - where it cannot.
while IFS= read -r file; do
  case $(head -c 40 "$file") in
    *'PUBLIC KEY'*) set -- -pubin ;;
    *) set -- ;;
  esac
  if openssl pkey "$@" -in "$file" -passin pass: -pubout -outform DER -out "$file.spki" 2>/dev/null; then
    openssl base64 -A -in "$file.spki"
    echo
  else
    echo -
  fi
done

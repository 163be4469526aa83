"""Reads the key in each file that standard input names: its public key (DER, base64), or - where it cannot."""
import base64
import sys

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)


def read(name):
    with open(name, "rb") as file:
        pem = file.read()
    if b"PUBLIC KEY" in pem:
        key = load_pem_public_key(pem)
    else:
        key = load_pem_private_key(pem, password=None).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(spki).decode()


for line in sys.stdin:
    try:
        print(read(line.rstrip("\n")))
    except Exception:
        print("-")

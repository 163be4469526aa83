# Signs a request by access headers, sends it and prints the answer. Needs cryptography (Debian: python3-cryptography).
# COUNTERSIGN_KEY_ID=ID COUNTERSIGN_KEY_FILE=FILE python3 access_headers.py METHOD URL [BODY]
import base64, os, sys, time
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.serialization import load_pem_private_key

key_id = os.environ["COUNTERSIGN_KEY_ID"]
with open(os.environ["COUNTERSIGN_KEY_FILE"], "rb") as file:
    private_key = load_pem_private_key(file.read(), password=None)


def access_headers(method, url):
    timestamp = str(time.time_ns() // 1_000_000)
    signature = sign(timestamp + method + urlsplit(url).path)
    return {
        "KALSHI-ACCESS-KEY": key_id,
        "KALSHI-ACCESS-TIMESTAMP": timestamp,
        "KALSHI-ACCESS-SIGNATURE": base64.b64encode(signature).decode(),
    }


def sign(text):
    if isinstance(private_key, Ed25519PrivateKey):
        return private_key.sign(text.encode())
    return private_key.sign(text.encode(), PSS(MGF1(hashes.SHA256()), 32), hashes.SHA256())


method, url = sys.argv[1:3]
body = sys.argv[3].encode() if len(sys.argv) > 3 else None
headers = access_headers(method, url)
if body:
    headers["Content-Type"] = "application/json"
try:
    response = urlopen(Request(url, body, headers, method=method))
except HTTPError as refused:
    response = refused
print(response.status, response.read().decode())
sys.exit(0 if response.status < 400 else 1)

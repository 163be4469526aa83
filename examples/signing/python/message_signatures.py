# Signs a request by RFC 9421, sends it and prints the answer. Needs cryptography (Debian: python3-cryptography).
# COUNTERSIGN_KEY_ID=ID COUNTERSIGN_KEY_FILE=FILE python3 message_signatures.py METHOD URL [BODY]
import base64, hashlib, os, secrets, sys, time
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


def signature_headers(method, url, body):
    headers = {}
    parts = urlsplit(url)
    covered = {"@method": method, "@authority": parts.netloc.lower(), "@path": parts.path or "/"}
    if parts.query:
        covered["@query"] = "?" + parts.query
    if body:
        headers["Content-Digest"] = f"sha-256=:{to_base64(hashlib.sha256(body).digest())}:"
        covered["content-digest"] = headers["Content-Digest"]

    names = " ".join(f'"{name}"' for name in covered)
    nonce = secrets.token_urlsafe(16)
    parameters = f'({names});created={int(time.time())};keyid="{key_id}";nonce="{nonce}";tag="countersign"'
    lines = [f'"{name}": {value}' for name, value in covered.items()]
    signature = sign("\n".join([*lines, f'"@signature-params": {parameters}']))
    headers["Signature-Input"] = f"sig1={parameters}"
    headers["Signature"] = f"sig1=:{to_base64(signature)}:"
    return headers


def sign(text):
    if isinstance(private_key, Ed25519PrivateKey):
        return private_key.sign(text.encode())
    return private_key.sign(text.encode(), PSS(MGF1(hashes.SHA512()), 64), hashes.SHA512())


def to_base64(data):
    return base64.b64encode(data).decode()


method, url = sys.argv[1:3]
body = sys.argv[3].encode() if len(sys.argv) > 3 else None
headers = signature_headers(method, url, body)
if body:
    headers["Content-Type"] = "application/json"
try:
    response = urlopen(Request(url, body, headers, method=method))
except HTTPError as refused:
    response = refused
print(response.status, response.read().decode())
sys.exit(0 if response.status < 400 else 1)

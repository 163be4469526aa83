"""Mistaken signers with Python's cryptography: tab-separated lines, as in openssl.sh."""
import base64, hashlib, hmac, json, os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def load(name):
    with open(os.environ[name], "rb") as file:
        return load_pem_private_key(file.read(), password=None)


rsa, ed25519, sibling, stranger = (load(name) for name in ["RSA_KEY", "ED25519_KEY", "SIBLING_KEY", "STRANGER_KEY"])
timestamp, path, query = os.environ["TIMESTAMP"], os.environ["TARGET_PATH"], os.environ["QUERY"]
base_path, body, host = os.environ["BASE_PATH"], os.environ["BODY"], os.environ["HOST"]


def pss(text, key=rsa, salt=32):
    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=salt)
    return key.sign(text if isinstance(text, bytes) else text.encode(), scheme, hashes.SHA256())


def b64(signature):
    return base64.b64encode(signature).decode()


def say(name, causes, key_type, request, signature, sent=timestamp):
    print("\t".join([name, causes, key_type, request, sent, signature]))


text = timestamp + "GET" + path
digest = hashlib.sha256(text.encode()).digest()
say("PSS.MAX_LENGTH", "correct", "rsa", "GET", b64(pss(text, salt=padding.PSS.MAX_LENGTH)))
say("Prehashed", "correct", "rsa", "GET", b64(rsa.sign(digest, padding.PSS(padding.MGF1(hashes.SHA256()), 32), utils.Prehashed(hashes.SHA256()))))
say("lower-case method", "method_lower_case", "rsa", "GET", b64(pss(timestamp + "get" + path)))
say("path without the base URL's", "base_path_missing", "rsa", "GET", b64(pss(timestamp + "GET" + path[len(base_path):])))
say("query and no base path", "query_signed,base_path_missing", "rsa", "QUERY", b64(pss(timestamp + "GET" + path[len(base_path):] + query)))
say("json.dumps of the body", "body_appended", "rsa", "POST", b64(pss(timestamp + "POST" + path + json.dumps(json.loads(body)))))
say("urlsafe_b64encode", "signature_base64url", "rsa", "GET", base64.urlsafe_b64encode(pss(text)).decode())
say("str(b64encode)", "signature_quoted", "rsa", "GET", str(base64.b64encode(pss(text))))
say('rstrip("=")', "signature_unpadded", "rsa", "GET", b64(pss(text)).rstrip("="))
say("encodebytes", "signature_line_breaks", "rsa", "GET", base64.encodebytes(pss(text)).decode().strip().replace("\n", " "))
seconds = "%s.%s" % (timestamp[:10], timestamp[10:])
say("time.time() as it is", "timestamp_malformed", "rsa", "GET", b64(pss(seconds + "GET" + path)), seconds)
local = str(int(timestamp) - 3_600_000)
say("utcnow().timestamp()", "time_zone", "rsa", "GET", b64(pss(local + "GET" + path)), local)
late = str(int(timestamp) - 400_000)
say("a queue", "clock_behind", "rsa", "GET", b64(pss(late + "GET" + path)), late)
ahead = str(int(timestamp) + 400_000)
say("a buffer added", "clock_ahead", "ed25519", "GET", b64(ed25519.sign((ahead + "GET" + path).encode())), ahead)
say("the clock read twice", "other_timestamp_signed", "rsa", "GET", b64(pss(str(int(timestamp) - 2) + "GET" + path)))
say("seconds signed", "seconds_signed", "rsa", "GET", b64(pss(timestamp[:10] + "GET" + path)))
say("the whole URL", "host_signed", "rsa", "GET", b64(pss(timestamp + "GET" + "https://" + host + path)))
say("lines", "separators_added", "rsa", "GET", b64(pss("\n".join([timestamp, "GET", path]))))
say("method, path, timestamp", "parts_reordered", "rsa", "GET", b64(pss("GET" + path + timestamp)))
say("HMAC", "hmac_signature", "rsa", "GET", b64(hmac.new(b"secret", text.encode(), hashlib.sha256).digest()))
say("an Ed25519 key", "key_type_differs", "rsa", "GET", b64(Ed25519PrivateKey.generate().sign(text.encode())))
say("an RSA key", "key_type_differs", "ed25519", "GET", b64(pss(text, stranger)))
say("the account's RSA key", "other_key", "ed25519", "GET", b64(pss(text)))
say("hex()", "signature_hex", "ed25519", "GET", ed25519.sign(text.encode()).hex())
say("the query, with Ed25519", "query_signed", "ed25519", "QUERY", b64(ed25519.sign((timestamp + "GET" + path + query).encode())))
say("another key of the account", "other_key", "rsa", "GET", b64(pss(text, sibling)))
say("SHA-384", "wrong_hash", "rsa", "GET", b64(rsa.sign(text.encode(), padding.PSS(padding.MGF1(hashes.SHA384()), 48), hashes.SHA384())))
say("a path of another endpoint", "none", "rsa", "GET", b64(pss(timestamp + "GET" + base_path + "/exchange/status")))
say("the text backwards", "none", "ed25519", "GET", b64(ed25519.sign(text[::-1].encode())))
say("a JSON document", "none", "rsa", "GET", b64(pss(json.dumps({"ts": timestamp, "path": path}))))
say("a stranger's key", "none", "rsa", "QUERY", b64(pss(text + query, stranger)))
say("random bytes", "none", "ed25519", "GET", b64(os.urandom(64)))

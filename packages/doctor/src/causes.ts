/** A mistake that the doctor knows. Every place shows these words. */
export interface Cause {
  /** What happened, as a headline without an end mark. */
  readonly title: string
  /** What to do about it, in one or two sentences. */
  readonly hint: string
  /** How it happens and how one notices it, for docs/why-refused.md. */
  readonly about: string
}

/**
 * Every cause by its stable code. Documentation, terminal, dashboard and the server's `diagnosis` all read this table.
 * A code is never renamed.
 */
export const CAUSES = {
  // The request line.
  target_refused: {
    title: 'The URL could mean two things and is always refused',
    hint: 'Send a path without "//", "/./", "/../", ";", a backslash, %2F, %2E, %5C, %3B, %25 or a control character, and sign that path.',
    about:
      'A proxy and an API could read such a path differently, so the server answers 400 `target_not_canonical` before it looks at the signature. Usually a base URL that ends in "/" is joined to a path that begins with "/", or a name is encoded twice.',
  },
  method_refused: {
    title: 'The method is not in upper case',
    hint: 'Send the method in upper case: GET, POST, DELETE.',
    about: 'HTTP methods are case sensitive. The server answers 400 `request_malformed`.',
  },

  // What is missing or malformed in access headers.
  headers_missing: {
    title: 'The request carries no signature',
    hint: 'Send the key id, timestamp and signature headers. Check that the program loads its key id and private key: an empty environment variable looks like this.',
    about:
      'None of the three access headers came, nor those of RFC 9421. Usually the settings of the program were not loaded, or a redirect or a proxy dropped the headers.',
  },
  key_id_missing: {
    title: 'The key id header is missing',
    hint: 'Send the key id in its header. An empty value counts as missing: check that it is loaded.',
    about: 'Timestamp and signature came without saying which key made them.',
  },
  timestamp_missing: {
    title: 'The timestamp header is missing',
    hint: 'Send exactly the timestamp that was signed, in milliseconds, in its header.',
    about: 'The signature covers the timestamp, so the server needs the same text.',
  },
  signature_missing: {
    title: 'The signature header is missing',
    hint: 'Send the signature in base64 in its header. An empty value counts as missing: look for an error when the program signs.',
    about: 'Signing failed silently, or its result was not put into the request.',
  },
  header_duplicated: {
    title: 'An authentication header came twice',
    hint: 'Send each authentication header once. Look for a retry or a middleware that adds it again.',
    about: 'Only one value can count. With two, none does.',
  },
  other_scheme: {
    title: 'The request uses another way to authenticate',
    hint: 'Bearer tokens, basic authentication and API secrets mean nothing here. Sign the request with the private key.',
    about:
      'An Authorization header came and no signature. There are no passwords and no bearer tokens here: each request is signed.',
  },
  key_id_malformed: {
    title: 'The key id is not written as a key id',
    hint: 'Send the bare id in lower case, as 8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10: no quotes, brackets, spaces or line breaks around it.',
    about:
      'The server answers NOT_FOUND. A copied placeholder still has its angle brackets, or a settings file still has its quotes.',
  },
  key_unknown: {
    title: 'None of the given keys has this key id',
    hint: 'Compare the key id with the list of keys. A deleted key, or one of another environment, is unknown.',
    about: 'The id is well formed but belongs to none of the keys that the doctor has.',
  },
  two_profiles: {
    title: 'The request carries signatures of two profiles',
    hint: 'Send either the three access headers or Signature-Input and Signature, not both.',
    about: 'Two signatures could say two different things, so a request with both is refused.',
  },

  // Time.
  timestamp_in_seconds: {
    title: 'The timestamp is in seconds',
    hint: 'Use milliseconds since 1970, 13 digits, both in the signed text and in the header.',
    about:
      'Ten digits are seconds. Read as milliseconds they lie in January 1970, so the server answers header_timestamp_expired. In Python: `int(time.time() * 1000)`; in the shell: `date +%s%3N`.',
  },
  timestamp_in_microseconds: {
    title: 'The timestamp is in microseconds',
    hint: 'Use milliseconds since 1970, 13 digits: divide by 1000.',
    about: 'Sixteen digits are microseconds.',
  },
  timestamp_in_nanoseconds: {
    title: 'The timestamp is in nanoseconds',
    hint: 'Use milliseconds since 1970, 13 digits: divide by 1 000 000.',
    about: 'Nineteen digits are nanoseconds, as `time.time_ns()` and `UnixNano()` give them.',
  },
  timestamp_malformed: {
    title: 'The timestamp is not 13 digits',
    hint: 'Send milliseconds since 1970 as 13 decimal digits: no fraction, no date, no quotes.',
    about: 'A fraction (`1703123456.789`) or a date (`2023-12-21T01:50:56Z`) is no timestamp here.',
  },
  clock_behind: {
    title: 'The timestamp is too old',
    hint: "Set this machine's clock by NTP, and sign right before sending: sign again on each retry.",
    about:
      'The timestamp lies further in the past than the time window. Either the clock is slow, or the request waited between signing and sending: in a queue, in a sleeping laptop, or in a library that sends the same signed request again.',
  },
  clock_ahead: {
    title: 'The timestamp lies in the future',
    hint: "Set this machine's clock by NTP, and sign the present time. Add nothing to it.",
    about: 'The timestamp lies further ahead than the time window. The clock is fast, or the program adds to the time.',
  },
  time_zone: {
    title: 'The timestamp is off by a whole time zone',
    hint: 'Take the time in UTC: a local time was read as if it were UTC.',
    about:
      'The difference is a whole number of quarter hours to within a few seconds. In Python `datetime.utcnow().timestamp()` does this: use `time.time()`.',
  },
  other_timestamp_signed: {
    title: 'Another timestamp was signed than sent',
    hint: 'Read the clock once and use the same text in the signed text and in the header.',
    about: 'The program reads the clock twice. It fails when a millisecond passes in between.',
  },
  seconds_signed: {
    title: 'The timestamp was signed in seconds and sent in milliseconds',
    hint: 'Sign exactly the text of the timestamp header: 13 digits.',
    about: 'The signed text holds the time in seconds; the header holds it in milliseconds.',
  },

  // The signed text.
  query_signed: {
    title: 'The query string was signed',
    hint: 'Sign the path only, up to but without "?".',
    about:
      'Only calls with parameters fail, so it looks like a missing permission. Well-known tutorials sign the query. Access headers do not cover the query; RFC 9421 does.',
  },
  base_path_missing: {
    title: 'The base path was left out of the signed text',
    hint: 'Sign the whole path of the URL, base path included, as it is on the request line.',
    about:
      'The program signs the path that it gives to its HTTP client. The client puts the base URL, which has a path too, before it.',
  },
  public_prefix_missing: {
    title: 'The prefix before the base path was left out of the signed text',
    hint: 'Sign the whole path of the URL that the client calls, the prefix included. The provider names it as publicPrefix in the configuration of the server.',
    about:
      'A gateway in front of the server is mounted under its own path and removes that path. The server knows this and expects the path in the signed text.',
  },
  base_path_doubled: {
    title: 'The base path was signed twice',
    hint: 'Sign the path of the URL as it is sent: the base path once.',
    about: 'The program adds the base path to a path that has it already.',
  },
  body_appended: {
    title: 'The body was signed',
    hint: 'Sign timestamp, method and path only. The body is not part of the text.',
    about:
      'GET works, POST and PUT fail. Access headers do not cover the body. To protect the body use RFC 9421, which covers its digest.',
  },
  method_lower_case: {
    title: 'The method was signed in lower case',
    hint: 'Sign the method in upper case, as it is on the request line: GET, POST, DELETE.',
    about: 'Some HTTP clients keep the method in lower case in their own request objects.',
  },
  other_method_signed: {
    title: 'Another method was signed than sent',
    hint: 'Sign the method that the request is really sent with. A redirect or a default may have changed it.',
    about: 'The text names another method than the request line.',
  },
  trailing_slash: {
    title: 'The signed path has another slash at its end than the sent one',
    hint: 'Sign the path exactly as it is sent, with or without its slash at the end.',
    about: 'A URL library or a redirect adds or drops the last slash between signing and sending.',
  },
  path_encoding: {
    title: 'The path was signed in another encoding than it was sent',
    hint: 'Sign the path as it is on the request line, with its percent signs as they are.',
    about: 'The program signs the readable path and its HTTP client encodes it, or the reverse.',
  },
  path_prefix: {
    title: 'The path was signed with a prefix that is taken off before the server sees it',
    hint: 'The provider sets publicPrefix in the configuration of the server to this prefix. Until then, sign the path without it.',
    about: 'A gateway in front of the server is mounted under its own path and passes requests on without that path.',
  },
  path_case: {
    title: 'The path was signed in lower case',
    hint: 'Sign the path exactly as it is sent.',
    about: 'Paths are compared byte for byte.',
  },
  host_signed: {
    title: 'The host, or the whole URL, was signed',
    hint: 'Sign the path only: it begins with "/".',
    about: 'Access headers do not cover the host.',
  },
  leading_slash_missing: {
    title: 'The signed path has no slash at its beginning',
    hint: 'Sign the path with its first "/", as it is on the request line.',
    about: 'The program joins parts of a URL and loses the slash between them.',
  },
  parts_missing: {
    title: 'A part of the signed text is missing',
    hint: 'Sign timestamp, method and path, in this order, with nothing between them.',
    about: 'Only some of the three parts were signed.',
  },
  parts_reordered: {
    title: 'The parts of the signed text are in another order',
    hint: 'Sign timestamp, method and path, in this order, with nothing between them.',
    about: 'All three parts were signed in another order.',
  },
  separators_added: {
    title: 'Something was signed between the parts',
    hint: 'Put nothing between timestamp, method and path: no line break, no space, no colon.',
    about: 'Other APIs sign their parts as lines, or joined by a character.',
  },
  key_id_signed: {
    title: 'The key id was signed',
    hint: 'Sign timestamp, method and path only. The key id is sent and not signed.',
    about: 'Other APIs have the key in their signed text.',
  },
  newline_appended: {
    title: 'A line break or space at the end was signed',
    hint: 'Sign the text without anything at its end: printf %s in place of echo, and no newline at the end of a file.',
    about: '`echo` ends its text with a line break, and so do most editors.',
  },
  text_quoted: {
    title: 'The signed text has quotes around it',
    hint: 'Sign the text itself, not its form as JSON or as a literal.',
    about: 'The text was turned into JSON before it was signed.',
  },
  utf16_signed: {
    title: 'The text was signed as UTF-16',
    hint: 'Encode the text as UTF-8 before signing: Encoding.UTF8 in .NET, StandardCharsets.UTF_8 in Java.',
    about: 'In .NET `Encoding.Unicode` is UTF-16.',
  },
  hashed_twice: {
    title: 'The text was hashed before it was signed',
    hint: 'Hand the text itself to the signing call: it hashes once, and that is enough.',
    about:
      'The program computes SHA-256 of the text and signs the digest, and the signing call hashes it again. If you can sign only a digest, tell the call that it is one (Prehashed in Python, -pkeyopt digest in openssl pkeyutl).',
  },
  hex_digest_signed: {
    title: 'The hexadecimal digest of the text was signed',
    hint: 'Hand the text itself to the signing call, not the letters of its digest.',
    about: 'The program signs the printed form of SHA-256.',
  },

  // The signature.
  pkcs1_padding: {
    title: 'The signature has PKCS#1 v1.5 padding',
    hint: 'Use RSA-PSS: -sigopt rsa_padding_mode:pss for openssl, RSA_PKCS1_PSS_PADDING for node:crypto, RSASSA-PSS for Java.',
    about:
      'The signed text is right. PKCS#1 v1.5 is the default of `openssl dgst -sign`, of SHA256withRSA in Java, of openssl_sign in PHP and of many wrappers.',
  },
  pss_sha1: {
    title: 'RSA-PSS was used with SHA-1',
    hint: 'Use SHA-256 for the digest and for MGF1. In Java set a PSSParameterSpec: its default is SHA-1 with a salt of 20.',
    about:
      "Java's RSASSA-PSS and some wrappers use SHA-1 by default, for the digest or only for the mask function MGF1.",
  },
  mgf1_sha1: {
    title: 'MGF1 was used with SHA-1',
    hint: 'Use SHA-256 for the mask function as well: MGF1(hashes.SHA256()) in Python, MGF1ParameterSpec.SHA256 in Java.',
    about: 'RSA-PSS uses two digests, one for the text and one for its mask. Some toolkits keep SHA-1 for the second.',
  },
  wrong_hash: {
    title: 'The text was signed with another digest',
    hint: 'Access headers take RSA-PSS with SHA-256; RFC 9421 takes RSA-PSS with SHA-512.',
    about: 'SHA-384 or SHA-512 was used where SHA-256 is expected, or the reverse.',
  },
  salt_length: {
    title: 'RSA-PSS was used with another salt length',
    hint: 'Use a salt of 64 bytes with rsa-pss-sha512 (RFC 9421), and of 32 bytes with access headers.',
    about:
      'In RFC 9421 the salt of rsa-pss-sha512 has exactly 64 bytes. Access headers are accepted with any salt; the documentation asks for 32 bytes.',
  },
  signature_hex: {
    title: 'The signature is hexadecimal',
    hint: 'Send the bytes of the signature in base64, not in hexadecimal.',
    about: 'The signing tool printed hexadecimal letters.',
  },
  signature_base64url: {
    title: 'The signature is base64url',
    hint: 'Use standard base64 with "+", "/" and "=": b64encode, not urlsafe_b64encode.',
    about: 'base64url has "-" and "_" and mostly no padding, as in JSON Web Tokens.',
  },
  signature_unpadded: {
    title: 'The padding of the base64 signature is missing',
    hint: 'Send base64 with its "=" at the end.',
    about: 'A library or a cookie dropped the equals signs.',
  },
  signature_line_breaks: {
    title: 'The base64 signature has line breaks or spaces in it',
    hint: 'Write base64 on one line: openssl base64 -A, base64 -w0.',
    about: '`openssl base64` and `base64` break lines after 64 or 76 characters.',
  },
  signature_quoted: {
    title: 'The signature has quotes or a prefix around it',
    hint: 'Send the base64 text alone. In Python, decode the bytes first: b64encode(signature).decode().',
    about: "In Python `str(b64encode(...))` is `b'...'`, quotes and letter included.",
  },
  signature_encoded_twice: {
    title: 'The signature was encoded twice',
    hint: 'Encode the bytes of the signature in base64 once.',
    about: 'The signing call returned base64 or hexadecimal, and the program encoded it again.',
  },
  signature_reversed: {
    title: 'The bytes of the signature are in reverse order',
    hint: 'Reverse the bytes before encoding them: Windows CryptoAPI gives them last byte first.',
    about: 'CryptSignHash of Windows returns little-endian bytes.',
  },
  signature_not_base64: {
    title: 'The signature is not base64',
    hint: 'Send the bytes of the signature in standard base64 on one line.',
    about: 'The value holds characters that base64 does not have.',
  },
  hmac_signature: {
    title: 'The signature has the length of an HMAC',
    hint: 'Sign with the private key (RSA-PSS or Ed25519). There is no shared secret here, so HMAC cannot work.',
    about: 'HMAC-SHA256 gives 32 bytes and HMAC-SHA1 gives 20.',
  },
  key_type_differs: {
    title: 'The signature was made by a key of another type',
    hint: 'Use the private key that belongs to this key id: an RSA signature has the length of its key, an Ed25519 signature 64 bytes.',
    about: 'An RSA key signed for the key id of an Ed25519 key, or the reverse.',
  },
  signature_length: {
    title: 'The signature has a length that this key cannot make',
    hint: 'Compare the length of the decoded signature with the key: 256 bytes for RSA 2048, 512 for RSA 4096, 64 for Ed25519.',
    about: 'The signature was cut off, encoded in another way, or made by a key of another size.',
  },
  other_key: {
    title: 'The request was signed by another of your keys',
    hint: 'Send the key id of the key that signs, or sign with the private key that belongs to this key id.',
    about:
      'Key id and private key belong to different keys of the account, often after a rotation. Only the doctor on your machine can see this: the server never names another key.',
  },

  // RFC 9421.
  signature_input_missing: {
    title: 'Signature-Input is missing',
    hint: 'Send both Signature-Input and Signature, with the same label.',
    about: 'Signature has no meaning without Signature-Input, which names what is covered.',
  },
  signature_input_malformed: {
    title: 'Signature-Input or Signature cannot be read',
    hint: 'Write them as structured fields: sig1=("@method" "@authority" "@path");created=1703123456;keyid="...", and sig1=:BASE64:.',
    about: 'The headers do not have the form that RFC 9421 and RFC 8941 describe.',
  },
  query_not_covered: {
    title: 'The query is not covered',
    hint: 'Add "@query" to the covered components where the URL has a "?".',
    about: 'Only calls with parameters fail.',
  },
  digest_not_covered: {
    title: 'The body is not covered',
    hint: 'Send Content-Digest and add "content-digest" to the covered components where the request has a body.',
    about: 'Only calls with a body fail.',
  },
  components_missing: {
    title: 'Too few components are covered',
    hint: 'Cover "@method", "@authority" and "@path", with "@query" and "content-digest" where there are any, and send created and keyid.',
    about: 'A signature without one of them would be valid for other requests too.',
  },
  nonce_missing: {
    title: 'The nonce is missing',
    hint: 'Send a fresh nonce with every request but GET, HEAD and OPTIONS.',
    about: 'The server recognises a second use of the same request by its nonce.',
  },
  created_in_milliseconds: {
    title: 'The parameter created is in milliseconds',
    hint: 'created takes Unix seconds, 10 digits: Math.floor(Date.now() / 1000).',
    about: 'RFC 9421 counts in seconds, access headers in milliseconds.',
  },
  signature_expired: {
    title: 'The signature has expired by its own word',
    hint: 'Sign again, with expires further ahead, or without it.',
    about: 'The time in the parameter expires is before the arrival of the request.',
  },
  tag_differs: {
    title: 'The tag is another one than the server takes',
    hint: 'Send the tag that this server asks for: tag="countersign" unless it says otherwise.',
    about: 'The tag names the purpose of a signature.',
  },
  algorithm_named_wrong: {
    title: 'The parameter alg names another algorithm than the key has',
    hint: 'Leave alg out, or name the one of the key: ed25519, or rsa-pss-sha512.',
    about: 'The algorithm always follows from the registered key.',
  },
  digest_of_other_body: {
    title: 'Content-Digest is not the digest of this body',
    hint: 'Compute the digest over exactly the bytes that are sent, after the last change to the body.',
    about: 'The body was serialised again after its digest was computed, or a proxy changed it.',
  },
  authority_differs: {
    title: 'Another host was signed than the request was sent to',
    hint: 'Sign @authority as the host of the public URL: lower case, with its port unless it is the default one.',
    about: 'The program signed an internal name, a port that the URL does not have, no port, or a whole URL.',
  },
  scheme_differs: {
    title: 'Another scheme was signed',
    hint: 'Sign @target-uri and @scheme as the client sees the URL: https before a proxy that ends TLS.',
    about: 'The program signed http and the public URL is https, or the reverse.',
  },
  path_with_query: {
    title: '@path was signed with the query',
    hint: '"@path" is the path alone; the query, with its "?", is "@query".',
    about: 'The program used the whole request target as @path.',
  },
  query_without_mark: {
    title: '@query was signed without its "?"',
    hint: 'The value of "@query" begins with "?".',
    about: 'URL libraries return the query without its question mark.',
  },
  query_reordered: {
    title: 'The query was signed with its parameters in another order',
    hint: 'Sign "@query" exactly as it is sent: sort the parameters before the URL is built, or not at all.',
    about: 'Other APIs sign sorted parameters. Countersign signs the query byte for byte.',
  },
  target_uri_incomplete: {
    title: '@target-uri was signed without the whole URL',
    hint: 'Sign "@target-uri" as the whole URL, path and query included, or cover "@authority", "@path" and "@query" instead.',
    about: 'Some libraries build @target-uri from the host and the query, and leave the path out.',
  },
  components_differ: {
    title: 'Other components were signed than Signature-Input names',
    hint: 'Build the signature base from the list in Signature-Input: all of its components, in its order.',
    about: 'A component is in the list and not in the base, or the order differs.',
  },
  base_malformed: {
    title: 'The signature base is not built as RFC 9421 says',
    hint: 'One line a component, "name": value with the name in quotes, joined by one line feed each, "@signature-params" last, nothing after it.',
    about: 'The parts are right. The text between them is wrong: quotes, line ends, or the last line.',
  },

  // What refuses a request whose signature is right.
  key_disabled: {
    title: 'The signature is right and the key is disabled',
    hint: 'Enable the key again, or sign with another one.',
    about:
      'Somebody disabled the key, in the dashboard or by `countersign keys disable`. The server answers API_KEY_DISABLED.',
  },
  key_revoked: {
    title: 'The signature is right and the key is revoked',
    hint: 'Make a new key. A revoked one never signs again.',
    about: 'The server answers API_KEY_REVOKED.',
  },
  key_expired: {
    title: 'The signature is right and the key has expired',
    hint: 'Make a new key, or set a later expiry with a key that may edit this one.',
    about: 'The key was made with an expiry, or a rotation ended it. The server answers API_KEY_EXPIRED.',
  },
  account_suspended: {
    title: 'The signature is right and the account is suspended',
    hint: 'Ask the provider of the API: only an operator can end the suspension.',
    about: 'The server answers ACCOUNT_SUSPENDED.',
  },
  profile_below_minimum: {
    title: 'The signature is right and this way to carry it is not accepted',
    hint: 'Sign by RFC 9421 (http-message-signatures), which covers query and body.',
    about: 'The key or the route requires RFC 9421. The server answers profile_not_accepted.',
  },
  address_not_allowed: {
    title: "The signature is right and the caller's address is not on the key's allowlist",
    hint: 'Send it from an address on the list, or add this one to the list of the key.',
    about: 'The server answers ip_not_allowed. It sees the address that its trusted proxies name.',
  },
  scope_missing: {
    title: 'The signature is right and the key lacks a scope',
    hint: 'Sign with a key that has the scope, or make one.',
    about: 'The server answers 403 insufficient_scope, and its details name the scope.',
  },
  route_not_allowed: {
    title: 'The signature is right and no rule allows this request',
    hint: 'Check method and path. An operator sees the rule with countersign config explain METHOD PATH.',
    about:
      'No configured rule matches, or the rule that matches refuses a query. The server answers route_not_allowed.',
  },
  signature_used_before: {
    title: 'The signature is right and was used before',
    hint: 'Sign each attempt anew, retries too, with a new timestamp or nonce.',
    about:
      'The same signed request arrived twice: a library sent it again, or somebody copied it. The server answers SIGNATURE_ALREADY_USED.',
  },
  too_many_requests: {
    title: 'The signature is right and the limit of the account is reached',
    hint: 'Wait as long as Retry-After says, then sign again and send.',
    about: 'A token bucket of the key or its account is empty. The server answers 429.',
  },
  changed_on_the_way: {
    title: 'The signature is right for this request, and the server saw another one',
    hint: 'Compare method, host and path with what the server logs: something between changes them. Check that this key id has this public key.',
    about:
      'A proxy rewrites or decodes the path or removes a prefix, or the key id belongs to another key on the server.',
  },
  refused_otherwise: {
    title: 'The signature is right, and the server refused the request for another reason',
    hint: 'Look the code up in docs/wire.md, section 3.',
    about: 'The answer names a code that is not about the signature.',
  },
} as const satisfies Readonly<Record<string, Cause>>

/** The stable code of a cause. */
export type CauseCode = keyof typeof CAUSES

/** The section of docs/why-refused.md about a cause. */
export function causeDocs(code: CauseCode): string {
  return `docs/why-refused.md#${code}`
}

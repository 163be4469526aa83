import type { KeyType } from '@countersign/protocol'

/** The languages of the doctor's code samples. */
export const LANGUAGES = ['shell', 'typescript', 'python', 'go', 'java'] as const

/** One of them. */
export type Language = (typeof LANGUAGES)[number]

/** What a sample signs and sends. */
export interface SampleRequest {
  readonly keyType: KeyType
  readonly keyId: string
  /** The file of the private key, as PEM (PKCS#8). */
  readonly keyFile: string
  readonly method: string
  /** The whole URL, query included. */
  readonly url: string
  /** The prefix of the three headers. */
  readonly headerPrefix: string
}

/** The heading of a language, for people. */
export const LANGUAGE_TITLES: Readonly<Record<Language, string>> = {
  shell: 'curl + openssl',
  typescript: 'TypeScript',
  python: 'Python',
  go: 'Go',
  java: 'Java',
}

/** A whole program that signs a request correctly in access headers, sends it and prints the status of the answer. */
export function codeSample(language: Language, request: SampleRequest): string {
  const { pathname } = new URL(request.url)
  const quoted = { ...request, headerPrefix: request.headerPrefix.toUpperCase() }
  return SAMPLES[language](quoted, pathname)
}

const SAMPLES: Readonly<Record<Language, (request: SampleRequest, path: string) => string>> = {
  shell: ({ keyType, keyId, keyFile, method, url, headerPrefix: prefix }, path) => `\
timestamp=$(date +%s%3N)
printf %s "\${timestamp}${method}${path}" > text
signature=$(${keyType === 'rsa' ? shellRsa(keyFile) : shellEd25519(keyFile)} | openssl base64 -A)
curl -sS -o answer -w '%{http_code}\\n' -X ${method} ${shellQuote(url)} \\
  -H "${prefix}-ACCESS-KEY: ${keyId}" \\
  -H "${prefix}-ACCESS-TIMESTAMP: $timestamp" \\
  -H "${prefix}-ACCESS-SIGNATURE: $signature"
`,

  typescript: ({ keyType, keyId, keyFile, method, url, headerPrefix: prefix }, path) => `\
import { ${keyType === 'rsa' ? 'constants, ' : ''}createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'

const key = createPrivateKey(readFileSync(${text(keyFile)}))
const timestamp = String(Date.now())
const signed = Buffer.from(timestamp + ${text(method + path)})
const signature = ${
    keyType === 'rsa'
      ? "sign('sha256', signed, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })"
      : 'sign(null, signed, key)'
  }
const response = await fetch(${text(url)}, {
  method: ${text(method)},
  headers: {
    '${prefix}-ACCESS-KEY': ${text(keyId)},
    '${prefix}-ACCESS-TIMESTAMP': timestamp,
    '${prefix}-ACCESS-SIGNATURE': signature.toString('base64'),
  },
})
console.log(response.status)
`,

  python: ({ keyType, keyId, keyFile, method, url, headerPrefix: prefix }, path) => `\
import base64, time, urllib.request
${
  keyType === 'rsa'
    ? `from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
`
    : ''
}from cryptography.hazmat.primitives.serialization import load_pem_private_key

with open(${text(keyFile)}, "rb") as file:
    key = load_pem_private_key(file.read(), password=None)
timestamp = str(int(time.time() * 1000))
signed = (timestamp + ${text(method + path)}).encode()
signature = ${
    keyType === 'rsa'
      ? 'key.sign(signed, padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32), hashes.SHA256())'
      : 'key.sign(signed)'
  }
request = urllib.request.Request(${text(url)}, method=${text(method)}, headers={
    "${prefix}-ACCESS-KEY": ${text(keyId)},
    "${prefix}-ACCESS-TIMESTAMP": timestamp,
    "${prefix}-ACCESS-SIGNATURE": base64.b64encode(signature).decode(),
})
print(urllib.request.urlopen(request).status)
`,

  go: ({ keyType, keyId, keyFile, method, url, headerPrefix: prefix }, path) => `\
package main

import (
${(keyType === 'rsa' ? GO_RSA_IMPORTS : GO_ED25519_IMPORTS).map((name) => `\t"${name}"`).join('\n')}
)

func main() {
\tfile, err := os.ReadFile(${text(keyFile)})
\tif err != nil {
\t\tpanic(err)
\t}
\tblock, _ := pem.Decode(file)
\tkey, err := x509.ParsePKCS8PrivateKey(block.Bytes)
\tif err != nil {
\t\tpanic(err)
\t}
\ttimestamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
\tsigned := []byte(timestamp + ${text(method + path)})
${keyType === 'rsa' ? GO_RSA : '\tsignature := ed25519.Sign(key.(ed25519.PrivateKey), signed)'}
\trequest, err := http.NewRequest(${text(method)}, ${text(url)}, nil)
\tif err != nil {
\t\tpanic(err)
\t}
\trequest.Header.Set("${prefix}-ACCESS-KEY", ${text(keyId)})
\trequest.Header.Set("${prefix}-ACCESS-TIMESTAMP", timestamp)
\trequest.Header.Set("${prefix}-ACCESS-SIGNATURE", base64.StdEncoding.EncodeToString(signature))
\tresponse, err := http.DefaultClient.Do(request)
\tif err != nil {
\t\tpanic(err)
\t}
\tfmt.Println(response.StatusCode)
}
`,

  java: ({ keyType, keyId, keyFile, method, url, headerPrefix: prefix }, path) => `\
import java.net.URI;
import java.net.http.*;
import java.nio.file.*;
import java.security.*;
import java.security.spec.*;
import java.util.Base64;

public class Signed {
  public static void main(String[] arguments) throws Exception {
    String pem = Files.readString(Path.of(${text(keyFile)})).replaceAll("-----[^-]*-----|\\\\s", "");
    PrivateKey key = KeyFactory.getInstance("${keyType === 'rsa' ? 'RSA' : 'Ed25519'}")
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
    String timestamp = Long.toString(System.currentTimeMillis());
    Signature signer = Signature.getInstance("${keyType === 'rsa' ? 'RSASSA-PSS' : 'Ed25519'}");
${keyType === 'rsa' ? '    signer.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));\n' : ''}\
    signer.initSign(key);
    signer.update((timestamp + ${text(method + path)}).getBytes("UTF-8"));
    HttpRequest request = HttpRequest.newBuilder(URI.create(${text(url)}))
        .method(${text(method)}, HttpRequest.BodyPublishers.noBody())
        .header("${prefix}-ACCESS-KEY", ${text(keyId)})
        .header("${prefix}-ACCESS-TIMESTAMP", timestamp)
        .header("${prefix}-ACCESS-SIGNATURE", Base64.getEncoder().encodeToString(signer.sign()))
        .build();
    HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    System.out.println(response.statusCode());
  }
}
`,
}

const GO_COMMON = ['crypto/x509', 'encoding/base64', 'encoding/pem', 'fmt', 'net/http', 'os', 'strconv', 'time']
const GO_RSA_IMPORTS = ['crypto', 'crypto/rand', 'crypto/rsa', 'crypto/sha256', ...GO_COMMON]
const GO_ED25519_IMPORTS = ['crypto/ed25519', ...GO_COMMON]
const GO_RSA = `\
\tdigest := sha256.Sum256(signed)
\tsignature, err := rsa.SignPSS(rand.Reader, key.(*rsa.PrivateKey), crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: 32})
\tif err != nil {
\t\tpanic(err)
\t}`

function shellRsa(keyFile: string): string {
  const pss = '-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32'
  return `openssl dgst -sha256 -sign ${shellQuote(keyFile)} ${pss} text`
}

function shellEd25519(keyFile: string): string {
  return `openssl pkeyutl -sign -rawin -inkey ${shellQuote(keyFile)} -in text`
}

function shellQuote(word: string): string {
  return /^[A-Za-z0-9_./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** A text in a form that all of these languages read: in double quotes, in ASCII. */
function text(value: string): string {
  return JSON.stringify(value).replaceAll(/[^\x20-\x7e]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

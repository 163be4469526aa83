import type { KeyType } from '@countersign/protocol'

/** What a snippet is filled in with. */
export interface SnippetFacts {
  readonly keyId: string
  readonly keyType: KeyType
  /** The private key's file. */
  readonly fileName: string
  /** The origin that programs call. */
  readonly url: string
  readonly basePath: string
  readonly headerPrefix: string
}

/** One way to send a signed request. */
export interface Snippet {
  readonly label: string
  readonly text: string
}

/** A signed request in four languages, ready to run beside the key's file. */
export function snippetsFor(facts: SnippetFacts): readonly Snippet[] {
  return [
    { label: 'curl + openssl', text: curl(facts) },
    { label: 'TypeScript', text: typeScript(facts) },
    { label: 'Python', text: python(facts) },
    { label: 'Go', text: go(facts) },
  ]
}

function curl({ keyId, keyType, fileName, url, basePath, headerPrefix }: SnippetFacts): string {
  const sign =
    keyType === 'rsa'
      ? `openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sign ${fileName} text`
      : `openssl pkeyutl -sign -rawin -inkey ${fileName} -in text`
  return `path=${basePath}/account/limits
timestamp=$(date +%s)000
printf %s "\${timestamp}GET$path" >text
signature=$(${sign} | openssl base64 -A)
curl ${url}$path \\
  -H "${headerPrefix}-ACCESS-KEY: ${keyId}" \\
  -H "${headerPrefix}-ACCESS-TIMESTAMP: $timestamp" \\
  -H "${headerPrefix}-ACCESS-SIGNATURE: $signature"
`
}

function typeScript({ keyId, fileName, url, basePath }: SnippetFacts): string {
  return `import { readFile } from 'node:fs/promises'
import { createSignedFetch } from '@countersign/client'

const fetch = createSignedFetch({
  keyId: '${keyId}',
  privateKey: await readFile('${fileName}', 'utf8'),
  baseUrl: '${url}',
})
const response = await fetch('${basePath}/account/limits')
console.log(response.status, await response.json())
`
}

function python({ keyId, keyType, fileName, url, basePath, headerPrefix }: SnippetFacts): string {
  const rsa = keyType === 'rsa'
  const imports = rsa
    ? `from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_private_key`
    : 'from cryptography.hazmat.primitives.serialization import load_pem_private_key'
  const sign = rsa
    ? `key.sign(
    text, padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32), hashes.SHA256()
)`
    : 'key.sign(text)'
  return `# pip install cryptography requests
import base64, time
import requests
${imports}

key = load_pem_private_key(open("${fileName}", "rb").read(), None)
path = "${basePath}/account/limits"
timestamp = str(int(time.time() * 1000))
text = f"{timestamp}GET{path}".encode()
signature = ${sign}
answer = requests.get("${url}" + path, headers={
    "${headerPrefix}-ACCESS-KEY": "${keyId}",
    "${headerPrefix}-ACCESS-TIMESTAMP": timestamp,
    "${headerPrefix}-ACCESS-SIGNATURE": base64.b64encode(signature).decode(),
})
print(answer.status_code, answer.text)
`
}

function go({ keyId, keyType, fileName, url, basePath, headerPrefix }: SnippetFacts): string {
  const rsa = keyType === 'rsa'
  const imports = rsa
    ? ['crypto', 'crypto/rand', 'crypto/rsa', 'crypto/sha256', 'crypto/x509']
    : ['crypto/ed25519', 'crypto/x509']
  const all = [...imports, 'encoding/base64', 'encoding/pem', 'fmt', 'io', 'net/http', 'os', 'strconv', 'time']
  const sign = rsa
    ? `digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPSS(rand.Reader, key.(*rsa.PrivateKey), crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: 32})
	must(err)`
    : 'signature := ed25519.Sign(key.(ed25519.PrivateKey), []byte(text))'
  return `package main

import (
${all.map((name) => `\t"${name}"`).join('\n')}
)

func main() {
	file, err := os.ReadFile("${fileName}")
	must(err)
	block, _ := pem.Decode(file)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	must(err)
	path := "${basePath}/account/limits"
	timestamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	text := timestamp + "GET" + path
	${sign}
	request, err := http.NewRequest("GET", "${url}"+path, nil)
	must(err)
	request.Header.Set("${headerPrefix}-ACCESS-KEY", "${keyId}")
	request.Header.Set("${headerPrefix}-ACCESS-TIMESTAMP", timestamp)
	request.Header.Set("${headerPrefix}-ACCESS-SIGNATURE", base64.StdEncoding.EncodeToString(signature))
	answer, err := http.DefaultClient.Do(request)
	must(err)
	body, _ := io.ReadAll(answer.Body)
	fmt.Println(answer.StatusCode, string(body))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
`
}

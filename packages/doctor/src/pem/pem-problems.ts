import type { Cause } from '../causes.ts'

/** What can be wrong with the text of a key, by its stable code. */
export const PEM_PROBLEMS = {
  literal_newlines: {
    title: 'Its line breaks are the two letters \\n',
    hint: 'Turn each \\n into a line break when the variable is read, or keep the key in a file.',
    about: 'Environment variables and JSON store line breaks as `\\n`, and the program did not turn them back.',
  },
  one_line: {
    title: 'It is all on one line',
    hint: 'Put line breaks after the first and before the last line with dashes, and after every 64 characters between them.',
    about: 'Line breaks were lost or became spaces, as in a .env file or a form field.',
  },
  quoted: {
    title: 'It has quotes around it',
    hint: 'Remove the quotes.',
    about: 'The key comes from a settings file with quotes, and the program did not remove them.',
  },
  encoded_again: {
    title: 'The whole PEM text is encoded in base64 once more',
    hint: 'Decode it once before it is used: base64 -d.',
    about: 'Many platforms store secrets in base64, and the program did not decode it.',
  },
  armour_missing: {
    title: 'Its first and last lines with dashes are missing',
    hint: 'Put -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY----- around it, on lines of their own.',
    about: 'Only the base64 in the middle was copied. The bytes are PKCS#8.',
  },
  armour_missing_pkcs1: {
    title: 'It is a PKCS#1 key without its first and last lines with dashes',
    hint: 'Put -----BEGIN RSA PRIVATE KEY----- and -----END RSA PRIVATE KEY----- around it, on lines of their own.',
    about:
      'Only the base64 in the middle was copied. The bytes are PKCS#1: BEGIN PRIVATE KEY would be the wrong label.',
  },
  armour_missing_public: {
    title: 'It is a public key without its first and last lines with dashes',
    hint: 'Put -----BEGIN PUBLIC KEY----- and -----END PUBLIC KEY----- around it, on lines of their own.',
    about: 'Only the base64 in the middle was copied.',
  },
  binary: {
    title: 'It is DER, which is binary, and not PEM',
    hint: 'Write it as PEM with --repair.',
    about:
      'openssl wrote it with -outform DER, or a key store exported it. Most toolkits need another call to read DER.',
  },
  utf16: {
    title: 'The file is UTF-16',
    hint: 'Write it as UTF-8 with --repair. In PowerShell: Set-Content -Encoding ascii.',
    about: '`>` and Out-File of Windows PowerShell write UTF-16. Toolkits find no key in it.',
  },
  byte_order_mark: {
    title: 'It begins with a byte order mark',
    hint: 'Save the file as UTF-8 without BOM, or write it with --repair.',
    about: 'An editor put three invisible bytes before the first dash. Go and some others then find no key.',
  },
  carriage_returns: {
    title: 'Its lines end in a carriage return alone',
    hint: 'End the lines in a line feed, or write it with --repair.',
    about: 'The line ends are those of old Macs. Node, OpenSSL and Go read the whole key as one line.',
  },
  layout: {
    title: 'Its base64 is not in even lines',
    hint: 'Break the base64 after every 64 characters, without empty lines, or write it with --repair.',
    about: 'Lines were added, removed or joined. Node, Python and OpenSSL refuse some of these keys.',
  },
  encoding_unusual: {
    title: 'Its bytes are encoded in an unusual way',
    hint: 'Write it in the usual way with --repair.',
    about:
      'It has another version number, attributes, or its public half inside. Some libraries write keys like this; OpenSSL and others refuse them.',
  },
  armour_damaged: {
    title: 'Its first or last line is damaged',
    hint: 'Both lines need five dashes on either side of their words, and the same words.',
    about: 'A dash is missing, a word processor made a long dash, or the last line was not copied.',
  },
  text_around: {
    title: 'There is other text around the key',
    hint: 'Keep the block from its first to its last line with dashes, and nothing else.',
    about: 'The text is from a PKCS#12 export (Bag Attributes), a comment, or a second block.',
  },
  spaces_inside: {
    title: 'There are spaces or tabs within its lines',
    hint: 'Remove the spaces at the beginning and the end of each line.',
    about: 'The key was indented, as in YAML or in source code. Some toolkits refuse that.',
  },
  base64url: {
    title: 'Its base64 uses the URL alphabet',
    hint: 'Write "+" for "-" and "/" for "_".',
    about: 'A tool for tokens wrote it.',
  },
  padding_missing: {
    title: 'The "=" at the end of its base64 is missing',
    hint: 'Put the "=" back at its end.',
    about: 'The last characters were not copied.',
  },
  cut_off: {
    title: 'It is cut off',
    hint: 'Copy the whole key. If there is no whole copy, make a new key: openssl genpkey -algorithm ed25519 -out NEW.',
    about: 'The key is shorter than the length that it states: a field has a limit, or a copy ended early.',
  },
  pkcs1_labelled_pkcs8: {
    title: 'It is a PKCS#1 key under the header of PKCS#8',
    hint: 'Its first and last line must say RSA PRIVATE KEY, or it must be converted to PKCS#8.',
    about:
      'Somebody changed the words of the header and not the bytes. Toolkits say `algid parse error` or `DECODER unsupported`.',
  },
  pkcs8_labelled_pkcs1: {
    title: 'It is a PKCS#8 key under the header of PKCS#1',
    hint: 'Its first and last line must say PRIVATE KEY.',
    about: 'Somebody added RSA to the header and did not change the bytes.',
  },
  label_wrong: {
    title: 'Its header names another kind of key',
    hint: 'Use the repaired text, whose header fits the key.',
    about: 'The words between the dashes do not fit the bytes.',
  },
  public_for_private: {
    title: 'It is a public key, and the private one is needed',
    hint: 'Sign with the private key of the pair. It was shown once, when the key was made. If it is lost, make a new key: openssl genpkey -algorithm ed25519 -out NEW.',
    about: 'The two files of a pair were mixed up.',
  },
  private_for_public: {
    title: 'It is a private key, and the public one is needed',
    hint: 'Register the public half only: openssl pkey -in FILE -pubout -out NEW. If this private key was sent anywhere, treat it as seen and make a new one.',
    about: 'The two files of a pair were mixed up.',
  },
  pkcs1_public_key: {
    title: 'It is a public key in PKCS#1',
    hint: 'Write it as SubjectPublicKeyInfo with --repair, or: openssl rsa -RSAPublicKey_in -in FILE -pubout -out NEW.',
    about: 'The header says RSA PUBLIC KEY. Countersign needs a SubjectPublicKeyInfo.',
  },
  encrypted: {
    title: 'It is encrypted with a password',
    hint: 'Decrypt it once and keep that file with mode 0600: openssl pkey -in FILE -out NEW.',
    about: 'The toolkit got no password, or cannot take one.',
  },
  openssh: {
    title: 'It is in the format of OpenSSH',
    hint: 'Write it as PKCS#8 with --repair.',
    about: 'ssh-keygen made it. Few other toolkits read this format, and ssh-keygen cannot convert an Ed25519 key.',
  },
  openssh_encrypted: {
    title: 'It is in the format of OpenSSH and encrypted with a passphrase',
    hint: "Remove the passphrase from a copy, then write it with --repair: cp FILE COPY && ssh-keygen -p -N '' -f COPY.",
    about:
      'ssh-keygen made it with a passphrase. The command asks for that passphrase. The copy is as secret as any other private key.',
  },
  openssh_damaged: {
    title: 'It is in the format of OpenSSH and damaged',
    hint: 'Use an undamaged copy. If there is none, make a new key: openssl genpkey -algorithm ed25519 -out NEW.',
    about: 'Its lengths and checks do not agree: a character was changed or lost.',
  },
  openssh_public: {
    title: 'It is a public key in the format of OpenSSH',
    hint: 'Write it as PEM with --repair.',
    about: 'It is the line of a .pub file or of authorized_keys. Countersign needs a SubjectPublicKeyInfo.',
  },
  jwk: {
    title: 'It is a JSON Web Key',
    hint: 'Write it as PEM with --repair. The TypeScript client reads it unchanged.',
    about: 'Tools for tokens write keys this way. Most other toolkits read PEM only.',
  },
  jwk_incomplete: {
    title: 'It is a JSON Web Key that lacks members',
    hint: 'Export the whole private key again. If you cannot, make a new key: openssl genpkey -algorithm ed25519 -out NEW.',
    about: 'A private RSA key has n, e, d, p, q, dp, dq and qi, a private Ed25519 key d and x, each in base64url.',
  },
  ed25519_seed: {
    title: 'It may be a bare Ed25519 seed of 32 bytes',
    hint: 'Write it as PKCS#8 with --repair, and compare its public key with the registered one: 32 bytes may also be a public key or a digest.',
    about:
      'Some libraries and exchanges give out the seed in base64 or in hexadecimal. Toolkits that read PEM find no key.',
  },
  ed25519_secret: {
    title: 'It is a bare Ed25519 secret key of 64 bytes',
    hint: 'Write it as PKCS#8 with --repair.',
    about:
      'libsodium and several exchanges give out the seed and the public key, one after the other, in base64 or in hexadecimal.',
  },
  halves_differ: {
    title: 'Its private and its public half do not belong together',
    hint: 'Use an undamaged copy. If there is none, make a new key: openssl genpkey -algorithm ed25519 -out NEW.',
    about: 'A character was changed in the private or in the public half. It is unknown in which.',
  },
  rsa_numbers_damaged: {
    title: 'It is an RSA key with damaged numbers',
    hint: 'Write it with --repair: it computes the damaged numbers from the intact ones.',
    about: 'A character was changed. Some toolkits refuse such a key, others read it and sign wrongly.',
  },
  rsa_numbers_lost: {
    title: 'It is an RSA key whose numbers do not belong together',
    hint: 'Use an undamaged copy. If there is none, make a new key: openssl genpkey -algorithm ed25519 -out NEW.',
    about: 'Too much is damaged: the rest does not determine it.',
  },
  certificate: {
    title: 'It is a certificate',
    hint: 'Extract its public key: openssl x509 -in FILE -pubkey -noout -out NEW.',
    about: 'A certificate holds a public key and other data.',
  },
  rsa_pss_key: {
    title: 'It is an RSA key that is bound to RSA-PSS',
    hint: 'Make a plain RSA key, which signs with RSA-PSS as well: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out NEW.',
    about: 'openssl genpkey -algorithm RSA-PSS makes keys that many toolkits do not read.',
  },
  wrong_type: {
    title: 'It is a key of a type that is not used here',
    hint: 'Use RSA of 2048 to 4096 bits, or Ed25519: openssl genpkey -algorithm ed25519 -out NEW.',
    about: 'It is an EC key (P-256, secp256k1), a DSA key, or X25519, which cannot sign.',
  },
  rsa_key_refused: {
    title: 'It is an RSA key of a size or an exponent that is not accepted',
    hint: 'Use RSA of 2048 to 4096 bits with the exponent 65537: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out NEW.',
    about: 'Small keys can be broken, and large exponents make every verification slow.',
  },
  too_long: {
    title: 'It is too long to be a key',
    hint: 'Use a file that holds the key and nothing else.',
    about: 'Even the largest key takes less than four thousand characters.',
  },
  not_a_key: {
    title: 'It is not a key',
    hint: 'Use the file that begins with -----BEGIN PRIVATE KEY-----. If it is lost, make a new key: openssl genpkey -algorithm ed25519 -out NEW.',
    about: 'No part of it reads as a key: it is another file, or a damaged one.',
  },
} as const satisfies Readonly<Record<string, Cause>>

/** The stable code of what is wrong with the text of a key. */
export type PemProblemCode = keyof typeof PEM_PROBLEMS

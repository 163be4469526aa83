import type { Cause } from '../causes.ts'

/** What can be wrong with the text of a key, by its stable code. */
export const PEM_PROBLEMS = {
  literal_newlines: {
    title: 'Its line breaks are the two letters \\n',
    hint: 'Turn each \\n into a line break when the variable is read, or keep the key in a file.',
    about: 'Environment variables and JSON hold line breaks as `\\n`, and nothing turned them back.',
  },
  one_line: {
    title: 'It is all on one line',
    hint: 'Put line breaks after the first and before the last line with dashes.',
    about: 'Line breaks were lost or became spaces, as in a .env file or a form field.',
  },
  quoted: {
    title: 'It has quotes around it',
    hint: 'Take the quotes away.',
    about: 'A settings file keeps the quotes that its reader does not take off.',
  },
  encoded_again: {
    title: 'The whole PEM text is encoded in base64 once more',
    hint: 'Decode it once before it is used: base64 -d.',
    about: 'Many platforms keep secrets in base64; here nothing decoded it.',
  },
  armour_missing: {
    title: 'Its first and last lines with dashes are missing',
    hint: 'Put -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY----- around it.',
    about: 'Only the base64 in the middle was copied.',
  },
  armour_damaged: {
    title: 'Its first or last line is damaged',
    hint: 'Both lines have five dashes on either side of their words, and the same words.',
    about: 'A dash too few, a long dash made by a word processor, or a last line that was not copied.',
  },
  text_around: {
    title: 'There is other text around the key',
    hint: 'Keep the block from its first to its last line with dashes, and nothing else.',
    about: 'Bag attributes of a PKCS#12 export, a comment, or a second block.',
  },
  spaces_inside: {
    title: 'There are spaces or tabs within its lines',
    hint: 'Take away spaces at the beginning and the end of each line.',
    about: 'The key was indented, as in YAML or in source code. Some toolkits refuse that.',
  },
  base64url: {
    title: 'Its base64 is of the URL alphabet',
    hint: 'Write "+" for "-" and "/" for "_".',
    about: 'A tool for tokens encoded it.',
  },
  padding_missing: {
    title: 'The "=" at the end of its base64 is missing',
    hint: 'Put the "=" back at its end.',
    about: 'The last characters were not copied.',
  },
  cut_off: {
    title: 'It is cut off',
    hint: 'Copy the whole key. A part of a private key cannot be completed: make a new key where no whole copy exists.',
    about: 'The key says how long it is, and is shorter: a field with a limit, or a copy that ended early.',
  },
  pkcs1_labelled_pkcs8: {
    title: 'It is a PKCS#1 key under the header of PKCS#8',
    hint: 'Its first and last line must say RSA PRIVATE KEY, or it must be converted to PKCS#8.',
    about:
      'The words of the header were changed to please a toolkit; the bytes stayed. Toolkits say `algid parse error` or `DECODER unsupported`.',
  },
  pkcs8_labelled_pkcs1: {
    title: 'It is a PKCS#8 key under the header of PKCS#1',
    hint: 'Its first and last line must say PRIVATE KEY.',
    about: 'RSA was added to the header by hand; the bytes stayed.',
  },
  label_wrong: {
    title: 'Its header names another kind of key',
    hint: 'Use the repaired text, whose header fits the key.',
    about: 'The words between the dashes do not fit the bytes.',
  },
  public_for_private: {
    title: 'It is a public key, and the private one is needed',
    hint: 'Sign with the private key of the pair. It was shown once, when the key was made; where it is lost, make a new key.',
    about: 'The two files of a pair were mixed up.',
  },
  private_for_public: {
    title: 'It is a private key, and the public one is needed',
    hint: 'Register the public half only. Where this private key was sent anywhere, treat it as seen and make a new one.',
    about: 'The two files of a pair were mixed up.',
  },
  pkcs1_public_key: {
    title: 'It is a public key in PKCS#1',
    hint: 'Convert it: openssl rsa -RSAPublicKey_in -in FILE -pubout.',
    about: 'The header says RSA PUBLIC KEY; a public key must be a SubjectPublicKeyInfo here.',
  },
  encrypted: {
    title: 'It is encrypted with a password',
    hint: 'Decrypt it once: openssl pkey -in FILE -out DECRYPTED, and keep that file with mode 0600.',
    about: 'The toolkit was given no password, or takes none.',
  },
  openssh: {
    title: 'It is in the format of OpenSSH',
    hint: 'Convert a copy: ssh-keygen -p -m PKCS8 -f COPY.',
    about: 'ssh-keygen made it. Other toolkits do not read this format.',
  },
  certificate: {
    title: 'It is a certificate',
    hint: 'Take the public key out of it: openssl x509 -in FILE -pubkey -noout.',
    about: 'A certificate holds a public key and much else.',
  },
  rsa_pss_key: {
    title: 'It is an RSA key that is bound to RSA-PSS',
    hint: 'Make a plain RSA key: openssl genpkey -algorithm RSA. It signs with RSA-PSS as well.',
    about: 'openssl genpkey -algorithm RSA-PSS makes keys that many toolkits do not read.',
  },
  wrong_type: {
    title: 'It is a key of a type that is not used here',
    hint: 'Use RSA of 2048 to 4096 bits, or Ed25519.',
    about: 'An EC key (P-256, secp256k1), a DSA key, or X25519, which cannot sign.',
  },
  rsa_key_refused: {
    title: 'It is an RSA key of a size or an exponent that is not accepted',
    hint: 'Use RSA of 2048 to 4096 bits with the exponent 65537: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048.',
    about: 'Small keys can be broken, and large exponents make every verification slow.',
  },
  too_long: {
    title: 'It is too long to be a key',
    hint: 'Give the file that holds the key and nothing else.',
    about: 'Even the largest key takes less than four thousand characters.',
  },
  not_a_key: {
    title: 'It is not a key',
    hint: 'A private key begins with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----.',
    about: 'Nothing in it can be read as a key: another file, or a damaged one.',
  },
} as const satisfies Readonly<Record<string, Cause>>

/** The stable code of what is wrong with the text of a key. */
export type PemProblemCode = keyof typeof PEM_PROBLEMS

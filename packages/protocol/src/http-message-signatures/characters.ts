const LOWER = 1
const UPPER = 2
const DIGIT = 4
const TOKEN_MARK = 8
const KEY_MARK = 16

const KINDS = kindsOf()

/** Whether a character code may begin a structured-field key: lower-case letter or `*`. */
export function beginsKey(code: number): boolean {
  return has(code, LOWER) || code === 0x2a
}

/** Whether a character code may stand in a structured-field key. */
export function continuesKey(code: number): boolean {
  return has(code, LOWER | DIGIT | KEY_MARK)
}

/** Whether a character code may begin a structured-field token: letter or `*`. */
export function beginsToken(code: number): boolean {
  return has(code, LOWER | UPPER) || code === 0x2a
}

/** Whether a character code may stand in a structured-field token. */
export function continuesToken(code: number): boolean {
  return has(code, LOWER | UPPER | DIGIT | TOKEN_MARK) || code === 0x3a || code === 0x2f
}

/** Whether a character code is a decimal digit. */
export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** Whether a text is a field name in lower case (RFC 9110 section 5.1). */
export function isLowerCaseFieldName(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!has(text.charCodeAt(i), LOWER | DIGIT | TOKEN_MARK)) return false
  return text.length > 0
}

function has(code: number, kinds: number): boolean {
  return ((KINDS[code] ?? 0) & kinds) !== 0
}

function kindsOf(): Uint8Array {
  const kinds = new Uint8Array(128)
  const mark = (characters: string, kind: number) => {
    for (const character of characters) kinds[character.charCodeAt(0)] = (kinds[character.charCodeAt(0)] ?? 0) | kind
  }
  mark('abcdefghijklmnopqrstuvwxyz', LOWER)
  mark('ABCDEFGHIJKLMNOPQRSTUVWXYZ', UPPER)
  mark('0123456789', DIGIT)
  mark("!#$%&'*+-.^_`|~", TOKEN_MARK)
  mark('_-.*', KEY_MARK)
  return kinds
}

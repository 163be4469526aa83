/** Characters that change the look of the rest of a line, or are invisible. The two joiners of letters are text. */
const UNSAFE = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\u200c\u200d]]/gv

/** Untrusted text as one harmless line: control, bidi and escape characters become `\u{202e}`. */
export function escapeUntrusted(text: string): string {
  return text.replace(UNSAFE, escapeCharacter)
}

/** The same for a text of several lines: line breaks and tabs stay. */
export function escapeUntrustedLines(text: string): string {
  return text.replace(UNSAFE, (character) => (/[\n\t]/.test(character) ? character : escapeCharacter(character)))
}

/** A JSON document with the same characters in JSON escapes, so that its content is the same. */
export function escapeUntrustedJson(json: string): string {
  return json.replace(UNSAFE, (character) =>
    character === '\n'
      ? character
      : character
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
  )
}

function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}

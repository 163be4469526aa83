/** Characters that change how the rest of a line looks, or that cannot be seen. The two joiners of letters are text. */
const UNSAFE = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\u200c\u200d]]/gv

/** Text of someone else's as one harmless line: control, bidi and escape characters become `\u{202e}`. */
export function escapeUntrusted(text: string): string {
  return text.replace(UNSAFE, escapeCharacter)
}

/** The same for a text of several lines: line breaks and tabs stay. */
export function escapeUntrustedLines(text: string): string {
  return text.replace(UNSAFE, (character) => (/[\n\t]/.test(character) ? character : escapeCharacter(character)))
}

/** A JSON document with the same characters escaped as JSON has it, so that it stays the same document. */
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

import measure from 'fast-string-truncated-width'

/** The columns of a text on a terminal: 2 for wide letters and emoji, 0 for colours and for marks that join the letter before. */
export function widthOf(text: string): number {
  return measure(text).width
}

/** The text cut to a width, with an ellipsis if something is missing. */
export function cutTo(text: string, width: number, ellipsis: string): string {
  const { index, ellipsed } = measure(text, { limit: width, ellipsis })
  return text.slice(0, index) + (ellipsed ? ellipsis : '')
}

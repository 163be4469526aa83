import measure from 'fast-string-truncated-width'

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** The columns of a text on a terminal: 2 for wide letters and emoji, 0 for colours and for marks that join the letter before. */
export function widthOf(text: string): number {
  return measure(text).width
}

/** The text cut to a width, with an ellipsis if something is missing. Marks stay with their letter. */
export function cutTo(text: string, width: number, ellipsis: string): string {
  if (widthOf(text) <= width) return text
  // The library's own cut is wrong for letters that are neither Latin nor wide.
  let kept = ''
  let left = width - widthOf(ellipsis)
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment)
    if (left < 0) break
    kept += segment
  }
  return kept + ellipsis
}

/** The classes of a link within a text. */
export const LINK = 'rounded-chip text-ink underline hover:text-ink-hover'

/** The first characters of an id, enough to tell keys apart. */
export function shortId(id: string): string {
  return id.slice(0, 8)
}

/** A fingerprint in groups of four, for reading; never for copying. */
export function groupedFingerprint(fingerprint: string): string {
  return fingerprint.match(/.{1,4}/g)?.join(' ') ?? fingerprint
}

/** Whether the attacks run at full length: `npm run soak:attacks`. `npm test` runs each for some seconds. */
export const IS_FULL = process.env.COUNTERSIGN_ATTACKS === 'full'

/** How long an attack lasts, in milliseconds. */
export function attackMs(shortMs: number, fullMs: number): number {
  return IS_FULL ? fullMs : shortMs
}

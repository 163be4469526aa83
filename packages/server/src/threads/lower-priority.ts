import { platform, setPriority } from 'node:os'

/**
 * Gives the calling thread a lower priority. On systems other than Linux, where a priority applies to the whole process,
 * it does nothing.
 *
 * @param nice 1 to 19. With 19 every other thread gets the processor first: on a busy machine a moment of work takes
 *   seconds. With 10 the thread gets a tenth of what another one gets.
 */
export function lowerPriority(nice: number): void {
  if (platform() !== 'linux') return
  try {
    setPriority(nice)
  } catch {
    // If that is not permitted, the thread continues with its priority.
  }
}

import { constants, platform, setPriority } from 'node:os'

/**
 * Gives the calling thread the lowest priority (nice 19): every other thread gets the processor first. On a busy machine
 * a moment of work then takes seconds. On systems other than Linux, where a priority applies to the whole process,
 * it does nothing.
 */
export function lowerPriority(): void {
  if (platform() !== 'linux') return
  try {
    setPriority(constants.priority.PRIORITY_LOW)
  } catch {
    // If that is not permitted, the thread continues with its priority.
  }
}

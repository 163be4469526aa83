/** How many refusals of one key are kept. */
export const MAX_OF_KEY = 50

/** How many refusals that do not prove their sender are kept, of all senders together. */
export const MAX_CLAIMED = 200

/** How many refusals that do not prove their sender wait at once until they are written, half a second. */
export const MAX_WAITING_CLAIMED = 20

/** How many refusals of keys wait at once. Those of the key with the oldest last refusal are dropped first. */
export const MAX_WAITING = 500

/** The largest body that an adapter reads if its options name no limit, in bytes. */
export const DEFAULT_BODY_LIMIT_BYTES = 1_048_576

/** How large a body an adapter reads where nothing else was said, in bytes. */
export const DEFAULT_BODY_LIMIT_BYTES = 1_048_576

/** The base path of the default wire (docs/wire.md); it is configuration. */
export const DEFAULT_BASE_PATH = '/trade-api/v2'

/** Where changes of keys are streamed to gates that read keys from here (`text/event-stream`); below the root. */
export const KEY_CHANGES_PATH = '/gate/v1/changes'

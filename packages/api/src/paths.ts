/** The base path of the default wire (docs/wire.md); it is configuration. */
export const DEFAULT_BASE_PATH = '/trade-api/v2'

/** The path of the stream of key changes for gates that read keys from here (`text/event-stream`); below the root. */
export const KEY_CHANGES_PATH = '/gate/v1/changes'

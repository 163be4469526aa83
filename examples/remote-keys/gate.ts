import { readFileSync } from 'node:fs'
import { createGate } from '@countersign/gate'
import { createRemoteKeySource } from '@countersign/gate/remote'

const { COUNTERSIGN_URL = '', COUNTERSIGN_KEY_ID = '', COUNTERSIGN_KEY_FILE = '' } = process.env

/** The keys of all accounts, as the control plane has them. Close it when your service ends. */
export const keys = createRemoteKeySource({
  url: COUNTERSIGN_URL,
  keyId: COUNTERSIGN_KEY_ID,
  privateKey: readFileSync(COUNTERSIGN_KEY_FILE, 'utf8'),
  log: (message) => console.error(message),
})

/** Decides requests in this process: give it to an adapter, or call it. */
export const gate = createGate({ keys })

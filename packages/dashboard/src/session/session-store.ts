/** This browser's session: who is signed in, and the key that signs; the key cannot be exported. */
export interface StoredSession {
  /** The id of the session, which is the id of its key. */
  readonly sessionId: string
  readonly privateKey: CryptoKey
  readonly account: { readonly id: string; readonly name: string }
  readonly scopes: readonly string[]
  readonly isOperator: boolean
  /** Unix milliseconds at which it ends. */
  readonly expiresAt: number
}

const DATABASE = 'countersign'
const STORE = 'session'
const CURRENT = 'current'

/** The session that this browser keeps. */
export async function readSession(): Promise<StoredSession | undefined> {
  return run<StoredSession | undefined>('readonly', (store) => store.get(CURRENT))
}

/** Keeps a session in place of the one before. */
export async function writeSession(session: StoredSession): Promise<void> {
  await run('readwrite', (store) => store.put(session, CURRENT))
}

/** Deletes the session with its key. */
export async function deleteSession(): Promise<void> {
  await run('readwrite', (store) => store.delete(CURRENT))
}

async function run<Value>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<Value>,
): Promise<Value> {
  const database = await open()
  try {
    return await new Promise<Value>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode)
      const request = work(transaction.objectStore(STORE))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => reject(transaction.error ?? new Error('the browser ended the transaction'))
    })
  } finally {
    database.close()
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('the browser keeps no database'))
  })
}

import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { platform } from 'node:os'
import { dirname } from 'node:path'
import {
  importSigningKey,
  type PrivateKey,
  type PublicKey,
  parsePrivateKey,
  publicKeyOf,
  type SigningKey,
} from '@countersign/protocol'
import { generateKeyPair } from '../keypairs/generate-key-pair.ts'

/** The file of the deployment's key exists and holds no such key; `fix` says what to do. */
export class DeploymentKeyError extends Error {
  override readonly name = 'DeploymentKeyError'
  readonly fix = 'put the key of this deployment back; if it is lost, see docs/operating.md, "A lost deployment key"'
}

/** The key that signs for a deployment. */
export interface DeploymentKey {
  readonly signing: SigningKey
  readonly publicKey: PublicKey
  /** Whether it was just made. */
  readonly isNew: boolean
  /** Whether others than the file's owner can read it. */
  readonly isReadableByOthers: boolean
}

const READABLE_BY_OTHERS = 0o044

/**
 * Reads the key of the deployment, Ed25519. The first time it makes the key, readable by its owner only. If several
 * processes start at once, one makes it and the others read it.
 *
 * @throws DeploymentKeyError if the file holds no Ed25519 private key; its text is not repeated
 * @throws the file system's error if the file can be neither read nor made
 */
export async function openDeploymentKey(file: string): Promise<DeploymentKey> {
  const isNew = (await isMissing(file)) && (await makeKeyFile(file))
  const { mode } = await stat(file)
  const key = readKey(await readFile(file, 'utf8'), file)
  return {
    signing: await importSigningKey(key),
    publicKey: await publicKeyOf(key),
    isNew,
    isReadableByOthers: platform() !== 'win32' && (mode & READABLE_BY_OTHERS) !== 0,
  }
}

function readKey(pem: string, file: string): PrivateKey {
  let key: PrivateKey
  try {
    key = parsePrivateKey(pem)
  } catch {
    throw new DeploymentKeyError(`${file} holds no private key`)
  }
  if (key.type !== 'ed25519') throw new DeploymentKeyError(`${file} holds no Ed25519 key`)
  return key
}

/** Whether there is no such file. */
export async function isMissing(file: string): Promise<boolean> {
  try {
    await stat(file)
    return false
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
}

/**
 * Written as a whole under another name first, so that nobody ever reads half of it. Returns whether this process made
 * it.
 */
async function makeKeyFile(file: string): Promise<boolean> {
  const { privateKeyPem } = generateKeyPair('ed25519')
  await mkdir(dirname(file), { recursive: true })
  const whole = `${file}.${randomUUID()}`
  const handle = await open(whole, 'wx', 0o600)
  try {
    await handle.writeFile(privateKeyPem)
    await handle.sync()
  } finally {
    await handle.close()
  }
  try {
    await link(whole, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(whole, { force: true })
  }
}

import { CliError } from './cli-error.ts'
import type { PrivateKeyOutput } from './private-key-output.ts'

/** Saves the private key of a key that already exists. If this fails, the key is useless, and the error says so. */
export async function savePrivateKey(output: PrivateKeyOutput, pem: string, apiKeyId: string): Promise<void> {
  try {
    await output.save(pem)
  } catch (error) {
    throw new CliError({
      code: 'private_key_not_saved',
      message: `key ${apiKeyId} was made, but its private key could not be saved to ${output.path}`,
      why: error instanceof Error && 'code' in error ? String(error.code) : undefined,
      fix: `delete the key, since nobody can use it: countersign keys delete ${apiKeyId}`,
    })
  }
}

/** Redis cannot be used as it is set up. The message is one plain sentence that says what to change; it holds no secret. */
export class RedisSetupError extends Error {
  override readonly name = 'RedisSetupError'
}

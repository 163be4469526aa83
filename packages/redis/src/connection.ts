/** Certificates for `rediss://`, as PEM texts. Node's own list of authorities counts if `ca` is absent. */
export interface RedisTls {
  readonly ca?: string | undefined
  /** This client's certificate and its private key, for a Redis that asks for one. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** User and password of Redis' access list. Without a user, the password is that of the user `default`. */
export interface RedisCredentials {
  readonly username?: string | undefined
  readonly password?: string | undefined
}

/**
 * Where Redis or Valkey is. Plain data, so that it can be passed to threads.
 *
 * A URL is `redis://` or, for TLS, `rediss://`, then `[user[:password]@]host[:port]`, percent-encoded. `single` takes
 * a database number too: `redis://host:6379/2`.
 */
export type RedisConnection =
  | { readonly kind: 'single'; readonly url: string; readonly tls?: RedisTls | undefined }
  | {
      readonly kind: 'sentinel'
      /** The name under which the Sentinels watch the master: `mymaster`. */
      readonly name: string
      /** The Sentinels, with the user and password of the Sentinels. They are asked in this order. */
      readonly urls: readonly string[]
      /** The user and password of Redis itself. */
      readonly redis?: RedisCredentials | undefined
      /** Whether Redis itself takes TLS only; as the first Sentinel's URL if absent. */
      readonly isTls?: boolean | undefined
      readonly tls?: RedisTls | undefined
    }
  | {
      readonly kind: 'cluster'
      /** Some nodes of the cluster; the others are found through them. User, password and TLS of the first count for all. */
      readonly urls: readonly string[]
      readonly tls?: RedisTls | undefined
    }

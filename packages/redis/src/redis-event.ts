/**
 * Why Redis did not decide:
 *
 * - `no_answer`: it cannot be reached, the connection broke, or the time limit of a call passed
 * - `auth`: user or password are wrong (NOAUTH, WRONGPASS), or the user may not do what is needed (NOPERM)
 * - `oom`: its memory is full (`noeviction`): new claims and buckets are answered `full`
 * - `misconf`: it takes no writes because it cannot save, or has too few replicas (MISCONF, NOREPLICAS)
 * - `readonly`: it is a replica (READONLY)
 * - `loading`: it reads its data after a start (LOADING, BUSY, MASTERDOWN)
 * - `cluster_down`: the cluster has no master for a part of the keys (CLUSTERDOWN, TRYAGAIN)
 * - `script`: the script failed: a fault of this package, or a server that is not compatible
 * - `policy`: `maxmemory-policy` is not `noeviction`, so that Redis could forget a claim that counts
 */
export type RedisProblem =
  | 'no_answer'
  | 'auth'
  | 'oom'
  | 'misconf'
  | 'readonly'
  | 'loading'
  | 'cluster_down'
  | 'script'
  | 'policy'

/** What an operator needs to know. A log line each, and a metric by `kind` (and `problem`). */
export type RedisEvent =
  /** Connected, and ready to decide. `server` is `host:port`. */
  | { readonly kind: 'connected'; readonly server: string }
  /** The connection ended, or could not be made. It is tried again until it is closed. */
  | { readonly kind: 'lost'; readonly server: string; readonly message: string }
  /** Calls failed three times in a row: requests are answered without asking Redis, and it is tried once a second. */
  | { readonly kind: 'circuit_open'; readonly server: string }
  /** A try succeeded: Redis decides again, after so many milliseconds. */
  | { readonly kind: 'circuit_closed'; readonly server: string; readonly afterMs: number }
  /**
   * Redis may have forgotten claims: it is another process, another master, it was emptied, or its clock was set.
   * Claims that were signed before `sinceMs` (Unix milliseconds) are refused from now on, on all nodes.
   */
  | { readonly kind: 'restarted'; readonly server: string; readonly sinceMs: number }
  /** Redis refused a call, or did not answer one. At most one event a second for each problem. */
  | { readonly kind: 'problem'; readonly problem: RedisProblem; readonly server: string; readonly message: string }
  /** The clocks of this node and of Redis differ by more than 2.5 s (positive: Redis is ahead). Claims are refused until they do not. */
  | { readonly kind: 'clock_off'; readonly server: string; readonly offsetMs: number }
  /** They agree again. */
  | { readonly kind: 'clock_right'; readonly server: string }
  /** More admissions are open than `maxNodes` and `threadsOfNode` say. This one gives nothing during an outage. */
  | { readonly kind: 'too_many_nodes'; readonly server: string }

import { Counter, Gauge, type Registry } from 'prom-client'
import type { KeyPairUse } from '../keypairs/key-pair-stock.ts'

/** Adds the metrics of the RSA key pairs that a process makes ahead. */
export function measureKeyPairs(registry: Registry, use: () => KeyPairUse): void {
  const registers = [registry]
  new Gauge({
    name: 'countersign_key_pairs_ahead',
    help: 'RSA key pairs that are made and not yet handed out.',
    registers,
    collect() {
      this.set(use().ahead)
    },
  })
  new Gauge({
    name: 'countersign_key_pairs_waiting',
    help: 'Calls that wait for an RSA key pair.',
    registers,
    collect() {
      this.set(use().waiting)
    },
  })
  countOf('countersign_key_pairs_made_total', 'RSA key pairs that were made.', ({ made }) => made)
  countOf(
    'countersign_key_pairs_waited_total',
    'Calls that had to wait for an RSA key pair, since none was made ahead.',
    ({ waited }) => waited,
  )
  new Counter({
    name: 'countersign_key_pairs_refused_total',
    help:
      'Calls that got no RSA key pair, since too many wait (queue_full), too many of one account do (account_share), ' +
      'none was made in 5 s (late) or the thread that makes them does not run (failing).',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset()
      for (const [reason, count] of Object.entries(use().refused)) this.inc({ reason }, count)
    },
  })

  function countOf(name: string, help: string, read: (use: KeyPairUse) => number): void {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(read(use()))
      },
    })
  }
}

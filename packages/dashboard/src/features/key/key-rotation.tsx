import type { ApiKeyDetails, Rotation } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { ApiError } from '@countersign/client'
import { signStatement } from '@countersign/protocol'
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import type { Call } from '../../api/connection.ts'
import { keyDetails } from '../../api/queries.ts'
import { deployment } from '../../deployment.ts'
import { makeKeyPair } from '../../keys/make-key-pair.ts'
import { PrivateKeyScreen } from '../../keys/private-key-screen.tsx'
import { useSession } from '../../session/session.tsx'
import { Loaded, Refusal, Section } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { groupedFingerprint } from '../../ui/ids.ts'
import { KeyMark } from '../../ui/key-mark.tsx'
import { useIsOnline } from '../../ui/online.ts'
import { Time } from '../../ui/time.tsx'
import { duration } from '../../ui/times.ts'
import { useNow } from '../../ui/use-now.ts'
import { oldKeyTraffic } from './old-key-traffic.ts'
import { useKey } from './use-key.ts'

const HOUR_S = 3_600
const DAY_S = 24 * HOUR_S

interface Started {
  readonly keyId: string
  readonly fingerprint: string
}

/** Replaces a key without downtime: starts, watches, finishes or aborts a rotation. */
export function KeyRotation() {
  const { call, isOperator } = useSession()
  const key = useKey().data
  const queries = useQueryClient()
  const navigate = useNavigate()
  const rotation = useQuery(rotationOf(call, isOperator, key?.api_key_id))
  const [started, setStarted] = useState<Started>()
  const privateKey = useRef<string>(undefined)
  if (!key) return null

  const refresh = () => Promise.all(['keys', 'rotation'].map((name) => queries.invalidateQueries({ queryKey: [name] })))
  if (started) {
    return (
      <PrivateKeyScreen
        keyId={started.keyId}
        name={key.name}
        keyType={key.key_type}
        fingerprint={started.fingerprint}
        privateKey={privateKey}
        madeBy="browser"
        onDelete={() => call(calls.abortRotation, { params: { api_key: key.api_key_id } }).then(refresh)}
        onDone={async () => {
          await refresh()
          setStarted(undefined)
          navigate({ to: '/keys/$id/rotation', params: { id: key.api_key_id }, replace: true })
        }}
      />
    )
  }
  return (
    <Loaded query={rotation} what="The rotation" skeleton={<div className="skeleton h-48" />}>
      {(latest) =>
        latest?.state === 'open' ? (
          <OpenRotation rotation={latest} onChanged={refresh} />
        ) : (
          <StartRotation
            row={key}
            onStarted={(next, pem) => {
              privateKey.current = pem
              setStarted(next)
            }}
          />
        )
      }
    </Loaded>
  )
}

/** The latest rotation of a key; `null` where there was none. */
function rotationOf(call: Call, isOperator: boolean, id: string | undefined) {
  return queryOptions({
    queryKey: ['rotation', id],
    enabled: id !== undefined,
    refetchInterval: 15_000,
    queryFn: async (): Promise<Rotation | null> => {
      try {
        return await call(isOperator ? calls.getAnyRotation : calls.getRotation, { params: { api_key: id ?? '' } })
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null
        throw error
      }
    },
  })
}

interface StartRotationProps {
  readonly row: ApiKeyDetails
  readonly onStarted: (started: Started, privateKeyPem: string) => void
}

function StartRotation({ row, onStarted }: StartRotationProps) {
  const { call, may, isOperator } = useSession()
  const isOnline = useIsOnline()
  const [grace, setGrace] = useState('1d')
  const [hours, setHours] = useState('48')
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const graceSeconds = grace === 'other' ? Math.round(Number(hours) * HOUR_S) : (GRACES[grace] ?? DAY_S)
  const because = whyNot(row, { isOperator, mayWrite: may('write'), isOnline })
  const hasBadHours = grace === 'other' && !(graceSeconds >= 0 && graceSeconds <= 90 * DAY_S)

  const start = async () => {
    setBusy(true)
    setError(undefined)
    try {
      const pair = await makeKeyPair(row.key_type)
      const fields = {
        old_api_key_id: row.api_key_id,
        new_fingerprint: pair.fingerprint,
        grace_seconds: String(graceSeconds),
      }
      const proof = await signStatement(
        { purpose: 'rotate', deploymentId: deployment.deploymentId, fields },
        pair.signingKey,
      )
      const made = await call(calls.rotateApiKey, {
        params: { api_key: row.api_key_id },
        idempotencyKey: crypto.randomUUID(),
        body: { grace_seconds: graceSeconds, public_key: pair.publicKeyPem, proof },
      })
      onStarted({ keyId: made.api_key_id, fingerprint: pair.fingerprint }, pair.privateKeyPem)
    } catch (reason) {
      setError(reason as Error)
      setBusy(false)
    }
  }
  return (
    <Section title="Replace this key without downtime">
      <p className="max-w-[68ch] text-muted">
        A new key takes over; the old one answers until a deadline. The new key is made in this browser.
      </p>
      <div className="mt-4 grid max-w-md gap-4 sm:grid-cols-2">
        <SelectField label="The old key goes on for" value={grace} onChange={(event) => setGrace(event.target.value)}>
          <option value="1h">1 hour</option>
          <option value="1d">1 day</option>
          <option value="7d">7 days</option>
          <option value="other">other</option>
        </SelectField>
        {grace === 'other' && (
          <TextField
            label="Hours"
            inputMode="decimal"
            value={hours}
            onChange={(event) => setHours(event.target.value)}
            error={hasBadHours ? 'From 0 to 2160 hours (90 days).' : undefined}
          />
        )}
      </div>
      {error && (
        <div className="mt-4 max-w-[68ch]">
          <Refusal error={error} />
        </div>
      )}
      <div className="mt-6">
        <Button kind="filled" onClick={start} disabled={isBusy || hasBadHours} disabledBecause={because}>
          {isBusy ? 'Making the key pair...' : 'Rotate key'}
        </Button>
      </div>
    </Section>
  )
}

const GRACES: Readonly<Record<string, number>> = { '1h': HOUR_S, '1d': DAY_S, '7d': 7 * DAY_S }

interface Powers {
  readonly isOperator: boolean
  readonly mayWrite: boolean
  readonly isOnline: boolean
}

function whyNot(row: ApiKeyDetails, { isOperator, mayWrite, isOnline }: Powers): string | undefined {
  if (isOperator) return 'Only the key holder rotates a key: its new private key is theirs.'
  if (row.state !== 'active') return `A key that is ${row.state} is not rotated. Make a new key.`
  if (!mayWrite) return 'This session may only read.'
  return isOnline ? undefined : 'Changes wait until the connection is back.'
}

function OpenRotation({
  rotation,
  onChanged,
}: {
  readonly rotation: Rotation
  readonly onChanged: () => Promise<unknown>
}) {
  const { call, may, isOperator } = useSession()
  const [asked, setAsked] = useState<'finish' | 'abort'>()
  const now = useNow(1000)
  const old = useQuery(keyDetails(call, isOperator, rotation.old_api_key_id)).data
  const next = useQuery(keyDetails(call, isOperator, rotation.new_api_key_id)).data
  const end = useMutation({
    mutationFn: (how: 'finish' | 'abort') =>
      call(ENDING[how][isOperator ? 'operator' : 'holder'], { params: { api_key: rotation.old_api_key_id } }),
    onSuccess: async () => {
      setAsked(undefined)
      await onChanged()
    },
  })
  const traffic = oldKeyTraffic(rotation, now)
  const cannot = may('write') ? undefined : 'This session may only read.'
  return (
    <Section title="Rotation">
      <div className="grid items-center gap-4 md:grid-cols-[1fr_auto_1fr]">
        <Side title="Old key" row={old} id={rotation.old_api_key_id} />
        <span aria-hidden="true" className="text-title text-muted max-md:rotate-90 max-md:justify-self-center">
          →
        </span>
        <Side title="New key" row={next} id={rotation.new_api_key_id} />
      </div>
      <div className="mt-6">
        <div className="flex h-3 overflow-hidden rounded-chip border border-edge" aria-hidden="true">
          <span
            className="bg-[repeating-linear-gradient(45deg,var(--warn-graphic)_0_3px,var(--warn-soft)_3px_6px)]"
            style={{ width: `${traffic.share * 100}%` }}
          />
          <span className="grow bg-ok-soft" />
        </div>
        <p className="mt-2">
          Old key: {traffic.words}
          {rotation.old_last_used_at === undefined ? (
            ', never used'
          ) : (
            <>
              , last <Time at={rotation.old_last_used_at} />
              {rotation.old_last_used_ip && (
                <>
                  {' '}
                  from <span className="font-mono text-mono">{rotation.old_last_used_ip}</span>
                </>
              )}
            </>
          )}
          .
        </p>
        <p className="mt-1 text-muted">
          Old key ends <Time at={rotation.deadline} mode="full" />, in {duration(Math.max(0, rotation.deadline - now))}.
        </p>
      </div>
      <div className="mt-6 flex flex-wrap gap-3">
        <Button kind={traffic.isQuiet ? 'filled' : 'quiet'} onClick={() => setAsked('finish')} disabledBecause={cannot}>
          Finish now
        </Button>
        {!cannot && (
          <Button className="ml-auto" onClick={() => setAsked('abort')}>
            Abort rotation
          </Button>
        )}
      </div>
      <Dialog
        isOpen={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={asked === 'finish' ? 'Finish now' : 'Abort rotation'}
        description={
          asked === 'finish'
            ? `The old key stops at once. It signed ${traffic.words}.`
            : 'The new key stops; the old one stays as it was.'
        }
        actions={
          <>
            <Button onClick={() => setAsked(undefined)}>Cancel</Button>
            <Button kind="danger" disabled={end.isPending} onClick={() => asked && end.mutate(asked)}>
              {asked === 'finish' ? 'Finish now' : 'Abort rotation'}
            </Button>
          </>
        }
      >
        {end.error && <Refusal error={end.error} />}
      </Dialog>
    </Section>
  )
}

const ENDING = {
  finish: { holder: calls.finishRotation, operator: calls.finishAnyRotation },
  abort: { holder: calls.abortRotation, operator: calls.abortAnyRotation },
} as const

function Side({
  title,
  row,
  id,
}: {
  readonly title: string
  readonly row: ApiKeyDetails | undefined
  readonly id: string
}) {
  return (
    <div className="flex min-w-0 items-start gap-4 rounded-control bg-sunken p-4">
      {row ? (
        <KeyMark fingerprint={row.fingerprint} size={64} />
      ) : (
        <span className="skeleton size-16 shrink-0 rounded-full" />
      )}
      <div className="min-w-0">
        <h3 className="font-medium">{title}</h3>
        <Link
          to="/keys/$id"
          params={{ id }}
          className="rounded-chip font-mono text-small break-all text-ink underline hover:text-ink-hover"
        >
          {id}
        </Link>
        <p className="mt-1 font-mono text-small text-muted">{row && groupedFingerprint(row.fingerprint)}</p>
      </div>
    </div>
  )
}

import type { Rotation } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useSession } from '../../session/session.tsx'
import { Section } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { FromAddress } from '../../ui/last-used.tsx'
import { Time } from '../../ui/time.tsx'
import { duration } from '../../ui/times.ts'
import { useNow } from '../../ui/use-now.ts'
import { type OldKeyTraffic, oldKeyTraffic } from './old-key-traffic.ts'
import { RotatedKeys } from './rotated-keys.tsx'

const ENDING = {
  finish: { holder: calls.finishRotation, operator: calls.finishAnyRotation },
  abort: { holder: calls.abortRotation, operator: calls.abortAnyRotation },
} as const

interface OpenRotationProps {
  readonly rotation: Rotation
  readonly onChanged: () => Promise<unknown>
}

/** A rotation that is open: both keys, what the old one still signs, and what ends the rotation. */
export function OpenRotation({ rotation, onChanged }: OpenRotationProps) {
  const { call, writeProblem, isOperator } = useSession()
  const [asked, ask] = useState<'finish' | 'abort'>()
  const now = useNow(1000)
  const end = useMutation({
    mutationFn: (how: 'finish' | 'abort') =>
      call(ENDING[how][isOperator ? 'operator' : 'holder'], { params: { api_key: rotation.old_api_key_id } }),
    onSuccess: async () => {
      ask(undefined)
      await onChanged()
    },
  })
  const traffic = oldKeyTraffic(rotation, now)
  const isFinish = asked === 'finish'
  return (
    <Section title="Rotation">
      <RotatedKeys rotation={rotation} />
      <OldKey rotation={rotation} traffic={traffic} nowMs={now} />
      <div className="mt-6 flex flex-wrap gap-3">
        <Button
          kind={traffic.isQuiet ? 'filled' : 'quiet'}
          onClick={() => ask('finish')}
          disabledBecause={writeProblem}
        >
          Finish now
        </Button>
        {!writeProblem && (
          <Button className="ml-auto" onClick={() => ask('abort')}>
            Abort rotation
          </Button>
        )}
      </div>
      <ConfirmDialog
        isOpen={asked !== undefined}
        onClose={() => ask(undefined)}
        title={isFinish ? 'Finish now' : 'Abort rotation'}
        description={
          isFinish
            ? `The old key stops at once. It signed ${traffic.words}.`
            : 'The new key stops; the old one stays as it was.'
        }
        confirm={isFinish ? 'Finish now' : 'Abort rotation'}
        isBusy={end.isPending}
        error={end.error}
        onConfirm={() => asked && end.mutate(asked)}
      />
    </Section>
  )
}

interface OldKeyProps {
  readonly rotation: Rotation
  readonly traffic: OldKeyTraffic
  readonly nowMs: number
}

function OldKey({ rotation, traffic, nowMs }: OldKeyProps) {
  const { old_last_used_at: lastUsedAt, old_last_used_ip: ip, deadline } = rotation
  return (
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
        {lastUsedAt === undefined ? (
          ', never used'
        ) : (
          <>
            , last <Time at={lastUsedAt} />
            <FromAddress ip={ip} />
          </>
        )}
        .
      </p>
      <p className="mt-1 text-muted">
        Old key ends <Time at={deadline} mode="full" />, in {duration(Math.max(0, deadline - nowMs))}.
      </p>
    </div>
  )
}

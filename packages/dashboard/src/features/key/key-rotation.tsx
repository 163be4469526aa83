import type { Rotation } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { ApiError } from '@countersign/client'
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import type { Call } from '../../api/connection.ts'
import { PrivateKeyScreen } from '../../keys/private-key-screen.tsx'
import { useSession } from '../../session/session.tsx'
import { Loaded } from '../../ui/blocks.tsx'
import { OpenRotation } from './open-rotation.tsx'
import { StartRotation } from './start-rotation.tsx'
import { useKey } from './use-key.ts'
import type { StartedRotation } from './use-start-rotation.ts'

/** Replaces a key without downtime: starts, watches, finishes or aborts a rotation. */
export function KeyRotation() {
  const { call, isOperator } = useSession()
  const key = useKey().data
  const queries = useQueryClient()
  const navigate = useNavigate()
  const rotation = useQuery(rotationOf(call, isOperator, key?.api_key_id))
  const [started, setStarted] = useState<StartedRotation>()
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

/** The latest rotation of a key; `null` where it was never rotated. */
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

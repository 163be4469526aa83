import * as calls from '@countersign/api/calls'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { accountDetails, whoAmI } from '../../api/queries.ts'
import { deployment } from '../../deployment.ts'
import { usePreference } from '../../preferences.ts'
import { canMakeEd25519 } from '../../session/browser-key.ts'
import { useSession } from '../../session/session.tsx'
import { useChangeProblem } from '../../session/use-change-problem.ts'
import { bindFields } from '../../ui/bind-fields.ts'
import { useNow } from '../../ui/use-now.ts'
import { useTask } from '../../ui/use-task.ts'
import { type MadeKey, makeKey } from './make-key.ts'
import { NEW_KEY_FIELDS, type NewKeyFields, ownKeyProblem, readNewKey } from './new-key-form.ts'

/** The form for a new key: its fields, what is wrong with them, and what makes the key. */
export type NewKeyForm = ReturnType<typeof useNewKeyForm>

/** The state of the form. `accountId` is the account that an operator makes the key for. */
export function useNewKeyForm(accountId: string | undefined) {
  const { call, isOperator } = useSession()
  const queries = useQueryClient()
  const [zone] = usePreference('times')
  const nowMs = useNow()
  const changeProblem = useChangeProblem()
  const holder = useQuery(whoAmI(call)).data
  const accountName = useCustomerName(accountId)

  const [written, setWritten] = useState(NEW_KEY_FIELDS)
  const [isNameLeft, setNameLeft] = useState(false)
  const [made, setMade] = useState<Omit<MadeKey, 'privateKeyPem'>>()
  const privateKey = useRef<string>(undefined)
  const [hasEd25519, setHasEd25519] = useState(true)
  useEffect(() => void canMakeEd25519().then(setHasEd25519), [])

  const browserProblem = isOperator ? undefined : ownKeyProblem(holder?.usage_tier, deployment)
  const fields: NewKeyFields = browserProblem ? { ...written, madeBy: 'server' } : written
  const { request, isComplete, ...reading } = readNewKey(fields, { allScopes: deployment.scopes, zone, nowMs })

  const problems = { ...reading.problems, name: isNameLeft ? reading.problems.name : undefined }
  const set = (part: Partial<NewKeyFields>) => setWritten((before) => ({ ...before, ...part }))

  const make = useTask(async () => {
    const { keyType, madeBy } = fields
    const { privateKeyPem, ...key } = await makeKey(call, { accountId, madeBy, keyType, body: request })
    privateKey.current = privateKeyPem
    setMade(key)
  })

  return {
    fields,
    set,
    field: bindFields({ fields, set, problems }),
    leaveName: () => setNameLeft(fields.name !== ''),
    request,
    problems,
    /** Why this browser cannot make the key. */
    browserProblem,
    hasEd25519: hasEd25519 || fields.madeBy === 'server',
    changeProblem,
    accountName,
    isBusy: make.isBusy,
    error: make.error,
    submit: (event: FormEvent) => {
      event.preventDefault()
      setNameLeft(true)
      if (isComplete && !make.isBusy && changeProblem === undefined) make.run()
    },
    made,
    privateKey,
    remove: async (id: string) => {
      await call(isOperator ? calls.deleteAnyApiKey : calls.deleteApiKey, { params: { api_key: id } })
      await queries.invalidateQueries({ queryKey: ['keys'] })
      make.forgetError()
    },
  }
}

/** The name of the account that an operator makes the key for. */
function useCustomerName(accountId: string | undefined): string | undefined {
  const { call, isOperator } = useSession()
  const isWanted = isOperator && accountId !== undefined
  return useQuery({ ...accountDetails(call, accountId ?? ''), enabled: isWanted }).data?.name
}

import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { accountPage, keyPage } from '../../api/queries.ts'
import { useSession } from '../../session/session.tsx'
import { bindFields } from '../../ui/bind-fields.ts'
import { candidatesOf, DOCTOR_FIELDS, type DoctorFields, dateProblem, keysToTry } from './doctor-form.ts'
import type { Example } from './examples.ts'
import { useDiagnosis } from './use-diagnosis.ts'
import { usePastedKey } from './use-pasted-key.ts'

/** The doctor's form: its fields, the keys to choose from, and the diagnosis. */
export type Doctor = ReturnType<typeof useDoctor>

/** The state of the doctor's form. Operators choose an account first; its keys are then tried. */
export function useDoctor() {
  const { call, isOperator } = useSession()
  const [fields, setFields] = useState(DOCTOR_FIELDS)
  const { text, date, chosenKey, pem, accountId } = fields
  const set = (part: Partial<DoctorFields>) => setFields((before) => ({ ...before, ...part }))
  const accounts = useQuery({ ...accountPage(call, { limit: '500' }), enabled: isOperator }).data?.accounts
  const keys = useQuery({
    ...keyPage(call, isOperator, { limit: '500', account_id: isOperator ? accountId : undefined }),
    enabled: !isOperator || accountId !== '',
  })
  const candidates = useMemo(() => (keys.data?.api_keys ?? []).flatMap(candidatesOf), [keys.data])
  const pasted = usePastedKey(pem)
  const tried = useMemo(
    () => keysToTry(candidates, chosenKey, pasted?.candidate),
    [candidates, chosenKey, pasted?.candidate],
  )
  const state = useDiagnosis(text, date, tried)
  const problems = {
    text: state.kind === 'unreadable' ? state.problem : undefined,
    date: dateProblem(date),
    chosenKey: keys.error ? 'Public keys could not be loaded; paste a public PEM instead.' : undefined,
    pem: pasted?.problem,
  }
  return {
    text,
    field: bindFields({ fields, set, problems }),
    accounts: isOperator ? (accounts ?? []) : undefined,
    candidates,
    pasted,
    state,
    hasKeys: candidates.length > 0 || pasted !== undefined,
    tryExample: async (example: Example) => {
      const { request, publicKeyPem } = await example.make()
      set({ text: request, pem: publicKeyPem })
    },
  }
}

import * as calls from '@countersign/api/calls'
import { skipToken, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { publicBasePath } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { bindFields } from '../../ui/bind-fields.ts'

/** A method and a target that a person writes, and the rule that decides about them once they ask. */
export function useExplainedRule() {
  const { call } = useSession()
  const [fields, setFields] = useState({ method: 'GET', target: `${publicBasePath}/portfolio/orders` })
  const [asked, ask] = useState<typeof fields>()
  const explained = useQuery({
    queryKey: ['rules', 'explained', asked],
    queryFn: asked ? () => call(calls.explainRule, { query: asked }) : skipToken,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    ask(fields)
  }
  const field = bindFields({ fields, set: (part) => setFields({ ...fields, ...part }) })
  return { field, isEmpty: fields.target === '', submit, explained }
}

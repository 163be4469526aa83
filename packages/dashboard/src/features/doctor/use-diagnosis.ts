import { type CandidateKey, type Diagnosis, diagnose, type ParsedRequest, parseInput } from '@countersign/doctor'
import { useEffect, useState } from 'react'
import { deployment } from '../../deployment.ts'
import { diagnosisTime } from './diagnosis-time.ts'

const TYPING_MS = 250

/** How far the diagnosis is. */
export type DiagnosisState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'trying'; readonly progress?: { readonly done: number; readonly of: number } }
  | { readonly kind: 'unreadable'; readonly problem: string }
  | { readonly kind: 'done'; readonly diagnosis: Diagnosis; readonly parsed: ParsedRequest }

/** Diagnoses a pasted request, a quarter of a second after the last change. `keys` are the keys to try. */
export function useDiagnosis(text: string, date: string, keys: readonly CandidateKey[]): DiagnosisState {
  const [state, setState] = useState<DiagnosisState>({ kind: 'idle' })
  useEffect(() => {
    if (text.trim() === '') {
      setState({ kind: 'idle' })
      return undefined
    }
    let isCurrent = true
    const timer = setTimeout(async () => {
      const parsed = parseInput(text)
      if ('problem' in parsed) return setState({ kind: 'unreadable', problem: parsed.problem })
      setState({ kind: 'trying' })
      const { basePath, headerPrefix, windowMs, signatureTag } = deployment
      const diagnosis = await diagnose(parsed.request, {
        keys,
        basePath,
        headerPrefix,
        windowMs,
        tag: signatureTag ?? undefined,
        serverTimeMs: diagnosisTime(date) ?? parsed.serverTimeMs,
        answer: parsed.answer,
        onProgress: (done, of) => isCurrent && setState({ kind: 'trying', progress: { done, of } }),
      })
      if (isCurrent) setState({ kind: 'done', diagnosis, parsed })
    }, TYPING_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [text, date, keys])
  return state
}

import { inspectPem } from '@countersign/doctor'
import { useEffect, useState } from 'react'
import { type PastedKey, pastedKeyOf } from './doctor-form.ts'

/** The key in a pasted text; `undefined` where nothing is pasted, or while it is read. */
export function usePastedKey(pem: string): PastedKey | undefined {
  const [read, setRead] = useState<PastedKey>()
  useEffect(() => {
    let isCurrent = true
    if (pem.trim() === '') setRead(undefined)
    else inspectPem(pem).then((report) => isCurrent && setRead(pastedKeyOf(report)))
    return () => {
      isCurrent = false
    }
  }, [pem])
  return read
}

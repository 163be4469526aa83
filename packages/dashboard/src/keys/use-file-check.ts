import { useState } from 'react'
import { tryKey } from '../api/connection.ts'
import { clockOffsetMs, serverNow } from '../api/server-clock.ts'
import { preference } from '../preferences.ts'
import { announce } from '../ui/announcer.tsx'
import { clockTime } from '../ui/times.ts'
import { readSavedKey } from './read-saved-key.ts'
import { type FileCheck, fileProblem, refusedCheck } from './saved-file.ts'

const MAX_KEY_FILE_BYTES = 32_768

interface SavedAs {
  readonly keyId: string
  readonly fingerprint: string
  readonly fileName: string
}

/** Checks a file that a person chose: it is read in this browser, and the server judges a request signed with it. */
export function useFileCheck(savedAs: SavedAs) {
  const [isBusy, setBusy] = useState(false)
  const [checked, setChecked] = useState<FileCheck>()
  const check = async (file: File | undefined) => {
    if (!file) return
    setBusy(true)
    const result = await checkFile(file, savedAs)
    setBusy(false)
    setChecked(result)
    announce(result.text)
  }
  return { isBusy, checked, check }
}

async function checkFile(file: File, { keyId, fingerprint, fileName }: SavedAs): Promise<FileCheck> {
  const text = file.size > MAX_KEY_FILE_BYTES ? '' : await file.text()
  const problem = fileProblem(await readSavedKey(text), fingerprint, fileName)
  if (problem) return problem
  try {
    await tryKey(keyId, text)
    const at = clockTime(serverNow(), preference('times'), true)
    return {
      tone: 'ok',
      isProof: true,
      text: `It works. The server accepted a request signed with this file at ${at}.`,
    }
  } catch (error) {
    return refusedCheck(error, clockOffsetMs())
  }
}

import { ApiError } from '@countersign/client'
import type { NoticeTone } from '../ui/notice.tsx'
import { refusalWords } from '../ui/refusal-words.ts'
import { duration } from '../ui/times.ts'
import type { SavedKey } from './read-saved-key.ts'

/** What the check of a saved file found. */
export interface FileCheck {
  readonly tone: NoticeTone
  readonly text: string
  /** Whether it proves that the file signs. */
  readonly isProof?: boolean
  /** The fingerprint of another key that the file holds. */
  readonly mark?: string
}

/** Why a file is not the one that was saved; `undefined` where it holds the key with this fingerprint. */
export function fileProblem(saved: SavedKey, fingerprint: string, fileName: string): FileCheck | undefined {
  if (saved.kind === 'public') return { tone: 'bad', text: 'This is a public key.' }
  if (saved.kind === 'unreadable') return { tone: 'bad', text: `This file holds no private key. Choose ${fileName}.` }
  if (saved.fingerprint === fingerprint) return undefined
  return { tone: 'bad', mark: saved.fingerprint, text: `This file holds another key. Choose ${fileName}.` }
}

/** What it means that the server did not accept a request signed with the file. */
export function refusedCheck(error: unknown, clockOffsetMs: number): FileCheck {
  if (!(error instanceof ApiError)) return { tone: 'warn', text: 'The server was not reached. Checking waits.' }
  if (error.code === 'ip_not_allowed') {
    return {
      tone: 'warn',
      isProof: true,
      text: "The signature is right. Your address is not on the key's list, so the server refused the request itself.",
    }
  }
  if (error.code === 'header_timestamp_expired') {
    return { tone: 'warn', text: `Signature not judged: clock ${duration(Math.abs(clockOffsetMs))} off.` }
  }
  const { title, fix = '' } = refusalWords(error)
  return { tone: 'bad', text: `${title}. ${fix}` }
}

import {
  CAUSES,
  type CandidateKey,
  causeDocs,
  type Diagnosis,
  diagnose,
  inspectPem,
  type ParsedRequest,
  parseInput,
} from '@countersign/doctor'
import { parsePublicKey } from '@countersign/protocol'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { accountPage, keyPage } from '../../api/queries.ts'
import { serverNow } from '../../api/server-clock.ts'
import { apiUrl, deployment, deploymentName, publicBasePath } from '../../deployment.ts'
import { snippetsFor } from '../../keys/snippets.ts'
import { useSession } from '../../session/session.tsx'
import { Button } from '../../ui/button.tsx'
import { CodeTabs } from '../../ui/code-tabs.tsx'
import { SelectField, TextArea, TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { PageHeader, useDocumentTitle } from '../../ui/page-header.tsx'
import { SignedTextDiff } from '../../ui/signed-text-diff.tsx'
import { StateIcon } from '../../ui/state-icon.tsx'
import { duration } from '../../ui/times.ts'
import { diagnosisTime } from './diagnosis-time.ts'
import { EXAMPLES } from './examples.ts'

const TYPING_MS = 250

/** Why a request was refused. Everything happens in this browser. */
export function DoctorPage() {
  const { call, isOperator, account } = useSession()
  useDocumentTitle('Doctor', isOperator ? deploymentName : account.name)
  const [text, setText] = useState('')
  const [pem, setPem] = useState('')
  const [chosenKey, setChosenKey] = useState('')
  const [date, setDate] = useState('')
  const [accountId, setAccountId] = useState('')
  const accounts = useQuery({ ...accountPage(call, { limit: '500' }), enabled: isOperator })
  const keys = useQuery({
    ...keyPage(call, isOperator, { limit: '500', ...(isOperator && { account_id: accountId }) }),
    enabled: !isOperator || accountId !== '',
  })
  const candidates = useMemo(() => (keys.data?.api_keys ?? []).flatMap(candidateOf), [keys.data])
  const pasted = usePastedKey(pem)
  const { state, progress } = useDiagnosis({ text, date, candidates, chosenKey, pasted: pasted?.candidate })

  return (
    <>
      <PageHeader title="Doctor" />
      <p className="-mt-4 mb-6 text-muted">Why was a request refused? Nothing you paste leaves this browser.</p>
      <div className="grid items-start gap-4 lg:grid-cols-[1fr_20rem]">
        <TextArea
          label="curl command, raw HTTP request or HAR entry"
          className="font-mono text-mono"
          rows={10}
          spellCheck={false}
          data-search=""
          value={text}
          onChange={(event) => setText(event.target.value)}
          error={state.kind === 'unreadable' ? state.problem : undefined}
        />
        <div className="space-y-4">
          {isOperator && (
            <SelectField label="Account" value={accountId} onChange={(event) => setAccountId(event.target.value)}>
              <option value="">Choose whose keys to try</option>
              {accounts.data?.accounts.map(({ account_id: id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </SelectField>
          )}
          <SelectField
            label="Key"
            value={chosenKey}
            onChange={(event) => setChosenKey(event.target.value)}
            error={keys.error ? 'Public keys could not be loaded; paste a public PEM instead.' : undefined}
          >
            <option value="">as found in the request</option>
            {candidates.map(({ keyId, name }) => (
              <option key={keyId} value={keyId}>
                {name}
              </option>
            ))}
          </SelectField>
          <TextField
            label="Server time when sent"
            className="font-mono"
            placeholder="unknown, or paste its Date header"
            value={date}
            onChange={(event) => setDate(event.target.value)}
            error={
              date !== '' && diagnosisTime(date) === undefined
                ? 'This is no date. Paste the Date header of the answer.'
                : undefined
            }
          />
          <TextArea
            label="Another public key"
            className="font-mono text-mono"
            rows={3}
            spellCheck={false}
            placeholder="-----BEGIN PUBLIC KEY-----"
            value={pem}
            onChange={(event) => setPem(event.target.value)}
            error={pasted?.problem}
          />
          {pasted?.isPrivate && (
            <Notice tone="warn">
              That is a private key. It stays in this browser; treat it as seen if this screen is shared.
            </Notice>
          )}
        </div>
      </div>
      <div className="mt-6" aria-live="polite">
        {text === '' ? (
          <Examples
            onTry={async (example) => {
              const { request, publicKeyPem } = await example.make()
              setText(request)
              setPem(publicKeyPem)
            }}
          />
        ) : state.kind === 'trying' ? (
          <p className="text-muted">{progress ? `Trying ${progress.done} of ${progress.of} readings` : 'Reading'}</p>
        ) : (
          state.kind === 'told' && (
            <Told
              diagnosis={state.diagnosis}
              parsed={state.parsed}
              hasKeys={candidates.length > 0 || pasted !== undefined}
            />
          )
        )}
      </div>
    </>
  )
}

interface Wanted {
  readonly text: string
  readonly date: string
  readonly candidates: readonly CandidateKey[]
  readonly chosenKey: string
  readonly pasted: CandidateKey | undefined
}

type State =
  | { readonly kind: 'idle' | 'trying' }
  | { readonly kind: 'unreadable'; readonly problem: string }
  | { readonly kind: 'told'; readonly diagnosis: Diagnosis; readonly parsed: ParsedRequest }

/** The diagnosis of what is pasted, a quarter of a second after the last change. */
function useDiagnosis({ text, date, candidates, chosenKey, pasted }: Wanted) {
  const [state, setState] = useState<State>({ kind: 'idle' })
  const [progress, setProgress] = useState<{ readonly done: number; readonly of: number }>()
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
      const serverTimeMs = diagnosisTime(date) ?? parsed.serverTimeMs
      const chosen = candidates.filter(({ keyId }) => chosenKey === '' || keyId === chosenKey)
      const { basePath, headerPrefix, windowMs, signatureTag } = deployment
      const diagnosis = await diagnose(parsed.request, {
        // A chosen or pasted key counts as the registered one, whatever id the request names.
        keys: [
          ...(pasted ? [pasted] : []),
          ...chosen.map((it) => (chosenKey === '' ? it : { key: it.key, ...(it.name && { name: it.name }) })),
        ],
        basePath,
        headerPrefix,
        windowMs,
        ...(signatureTag !== null && { tag: signatureTag }),
        ...(serverTimeMs !== undefined && { serverTimeMs }),
        ...(parsed.answer && { answer: parsed.answer }),
        onProgress: (done, of) => isCurrent && setProgress({ done, of }),
      })
      if (isCurrent) setState({ kind: 'told', diagnosis, parsed })
    }, TYPING_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [text, date, candidates, chosenKey, pasted])
  return { state, progress }
}

interface PastedKey {
  readonly candidate?: CandidateKey
  readonly isPrivate: boolean
  readonly problem?: string
}

function usePastedKey(pem: string): PastedKey | undefined {
  const [read, setRead] = useState<PastedKey>()
  useEffect(() => {
    let isCurrent = true
    if (pem.trim() === '') setRead(undefined)
    else {
      inspectPem(pem).then(({ publicKey, isPrivate, problems }) => {
        if (!isCurrent) return
        const [first] = problems
        setRead({
          isPrivate,
          ...(publicKey && { candidate: { key: publicKey, name: 'the pasted key' } }),
          ...(!publicKey && { problem: first ? `${first.title}. ${first.hint}` : 'This is no key.' }),
        })
      })
    }
    return () => {
      isCurrent = false
    }
  }, [pem])
  return read
}

interface ToldProps {
  readonly diagnosis: Diagnosis
  readonly parsed: ParsedRequest
  readonly hasKeys: boolean
}

function Told({ diagnosis, parsed, hasKeys }: ToldProps) {
  if (diagnosis.verdict === 'correct') {
    return (
      <Card
        shape="active"
        tone="text-ok-graphic"
        title={`This request is correctly signed for ${diagnosis.signed.key.name ?? 'this key'}.`}
      >
        {diagnosis.remark && <p>{diagnosis.remark}</p>}
        {diagnosis.unseen.length > 0 && <p>Not looked at: {diagnosis.unseen.join(', ')}.</p>}
        <Clock parsed={parsed} />
      </Card>
    )
  }
  if (diagnosis.verdict === 'unknown') {
    return (
      <Card shape="attention" tone="text-warn-graphic" title="No known mistake fits">
        <p>
          {hasKeys
            ? 'Most often: the private key of another key, or an unlisted format.'
            : 'No public key is at hand to try: choose an account, or paste a public PEM.'}
        </p>
        {diagnosis.expected !== undefined && <Expected text={diagnosis.expected} />}
        <Clock parsed={parsed} />
      </Card>
    )
  }
  const [first, ...others] = diagnosis.findings
  const { signed } = diagnosis
  const isOther = first.cause === 'other_key' && signed?.key.name
  return (
    <Card
      shape="attention"
      tone="text-warn-graphic"
      title={isOther ? `Signed by another key of yours: ${signed?.key.name}` : CAUSES[first.cause].title}
      aside={
        first.confidence === 'certain'
          ? signed
            ? `certain: it verifies over the ${signed.diff.ranges.length > 0 ? 'first line' : 'text'}`
            : 'certain'
          : 'likely'
      }
    >
      {first.details && <p className="text-muted">{first.details}</p>}
      {signed && signed.diff.ranges.length > 0 && (
        <SignedTextDiff signed={signed.diff.signed} expected={signed.diff.expected} />
      )}
      {signed && (
        <p className="text-small text-muted">
          Verified as {signed.algorithm}
          {signed.encoding && `, ${signed.encoding}`}, by {signed.key.name ?? 'the registered key'}.
        </p>
      )}
      {!signed && diagnosis.expected !== undefined && <Expected text={diagnosis.expected} />}
      <p>
        <span className="font-medium">Fix</span> {CAUSES[first.cause].hint}
      </p>
      <p className="text-small text-muted">
        {CAUSES[first.cause].about} <span className="font-mono">{causeDocs(first.cause)}</span>
      </p>
      <details>
        <summary className="min-h-6 w-fit rounded-chip text-ink hover:text-ink-hover">How it is signed right</summary>
        <div className="mt-2">
          <CodeTabs
            label="Languages"
            snippets={snippetsFor({
              keyId: signed?.key.keyId ?? 'KEY_ID',
              keyType: signed?.key.key.type ?? 'rsa',
              fileName: 'private-key.pem',
              url: apiUrl,
              basePath: publicBasePath,
              headerPrefix: deployment.headerPrefix,
            })}
          />
        </div>
      </details>
      {others.length > 0 && (
        <div>
          <h3 className="font-medium">Also</h3>
          <ul className="mt-1 list-disc space-y-1 pl-5">
            {others.map(({ cause, details }) => (
              <li key={cause}>
                {CAUSES[cause].title}
                {details && `, ${details}`}. {CAUSES[cause].hint}
              </li>
            ))}
          </ul>
        </div>
      )}
      <Clock parsed={parsed} />
    </Card>
  )
}

function Card({
  shape,
  tone,
  title,
  aside,
  children,
}: {
  readonly shape: 'active' | 'attention'
  readonly tone: string
  readonly title: string
  readonly aside?: string
  readonly children: ReactNode
}) {
  return (
    <section className="rounded-panel border border-line bg-surface p-4 sm:p-6">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-3">
        <h2 className="flex items-center gap-2 text-section">
          <StateIcon shape={shape} className={tone} />
          {title}
        </h2>
        {aside && <span className="text-small text-muted">{aside}</span>}
      </div>
      <div className="space-y-3">{children}</div>
    </section>
  )
}

function Expected({ text }: { readonly text: string }) {
  return (
    <div>
      <p className="text-small text-muted">What must be signed</p>
      <pre
        tabIndex={0}
        role="group"
        aria-label="What must be signed"
        className="mt-1 overflow-x-auto rounded-control bg-sunken p-3 font-mono text-mono"
      >
        {text}
      </pre>
    </div>
  )
}

/** Where nobody told the server's time, how old the timestamp is now. */
function Clock({ parsed }: { readonly parsed: ParsedRequest }) {
  if (parsed.serverTimeMs !== undefined) return null
  const header = parsed.request.headers.find(([name]) => /-timestamp$/i.test(name))?.[1] ?? ''
  if (!/^\d{13}$/.test(header)) return null
  const ageMs = serverNow() - Number(header)
  return (
    <p className="text-small text-muted">
      The timestamp was {duration(Math.abs(ageMs))} {ageMs < 0 ? 'ahead' : 'old'} just now; paste the answer's Date
      header to judge the clock.
    </p>
  )
}

function Examples({ onTry }: { readonly onTry: (example: (typeof EXAMPLES)[number]) => void }) {
  return (
    <section className="rounded-panel border border-dashed border-edge bg-surface p-6">
      <h2 className="text-section">Try one with a mistake</h2>
      <p className="mt-1 text-muted">Each makes a key of its own in this browser, and signs wrongly with it.</p>
      <div className="mt-4 flex flex-wrap gap-3">
        {EXAMPLES.map((example) => (
          <Button key={example.label} onClick={() => onTry(example)}>
            {example.label}
          </Button>
        ))}
      </div>
    </section>
  )
}

function candidateOf(row: {
  readonly public_key: string
  readonly api_key_id: string
  readonly name: string
}): CandidateKey[] {
  const key = parsePublicKey(row.public_key)
  return 'problem' in key ? [] : [{ key, keyId: row.api_key_id, name: row.name }]
}

import * as calls from '@countersign/api/calls'
import { keyNameProblem } from '@countersign/api/key-rules'
import { scopeListProblem } from '@countersign/protocol'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { accountDetails, ownAddress, whoAmI } from '../../api/queries.ts'
import { deployment } from '../../deployment.ts'
import { isInNetworks } from '../../keys/network.ts'
import { NetworkList } from '../../keys/network-list.tsx'
import { PrivateKeyScreen } from '../../keys/private-key-screen.tsx'
import { usePreference } from '../../preferences.ts'
import { canMakeEd25519 } from '../../session/browser-key.ts'
import { useSession } from '../../session/session.tsx'
import { Refusal } from '../../ui/blocks.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { shortId } from '../../ui/ids.ts'
import { useIsOnline } from '../../ui/online.ts'
import { PageHeader, useDocumentTitle } from '../../ui/page-header.tsx'
import { ScopeTree } from '../../ui/scope-tree.tsx'
import { dateOf } from '../../ui/times.ts'
import { useNow } from '../../ui/use-now.ts'
import { keyInWords } from './key-in-words.ts'
import { LostAnswer, type MadeKey, makeKey } from './make-key.ts'

const route = getRouteApi('/keys/new')
const SUBACCOUNTS = 64

/** The form for a new key, and then the one screen that shows its private key. */
export function NewKeyPage() {
  const session = useSession()
  const { call, isOperator, scopes: held, account } = session
  const { account_id: accountId } = route.useSearch()
  useDocumentTitle('New key', account.name)
  const navigate = useNavigate()
  const queries = useQueryClient()
  const isOnline = useIsOnline()
  const [zone] = usePreference('times')
  const now = useNow()
  const who = useQuery(whoAmI(call))
  const forAccount = useQuery({
    ...accountDetails(call, accountId ?? ''),
    enabled: isOperator && accountId !== undefined,
  })
  const address = useQuery(ownAddress(call)).data

  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly string[]>(['read'])
  const [subaccount, setSubaccount] = useState('')
  const [until, setUntil] = useState('')
  const [networks, setNetworks] = useState<readonly string[]>([])
  const [keyType, setKeyType] = useState<'rsa' | 'ed25519'>('rsa')
  const [isNameLeft, setNameLeft] = useState(false)
  const [hasEd25519, setHasEd25519] = useState(true)
  const [startedAt, setStartedAt] = useState<number>()
  const [error, setError] = useState<Error>()
  const [made, setMade] = useState<Omit<MadeKey, 'privateKeyPem'>>()
  const privateKey = useRef<string>(undefined)
  useEffect(() => void canMakeEd25519().then(setHasEd25519), [])

  const tier = isOperator ? forAccount.data?.usage_tier : who.data?.usage_tier
  const ownKeyProblem = isOperator ? undefined : tierProblem(tier)
  const [chosenMaker, setChosenMaker] = useState<'browser' | 'server'>()
  const madeBy = ownKeyProblem ? 'server' : (chosenMaker ?? 'browser')

  const nameProblem = name === '' ? 'Give the key a name.' : keyNameProblem(name)
  const scopeProblem = scopeListProblem(scopes, deployment.scopes)
  const expiresAt = until === '' ? undefined : Date.parse(`${until}T00:00${zone === 'utc' ? 'Z' : ''}`)
  const expiryProblem = expiresAt !== undefined && expiresAt <= now ? 'This day is over.' : undefined
  const problem = nameProblem ?? scopeProblem ?? expiryProblem
  const cannotWrite = session.may('write') ? undefined : 'This session may only read.'
  const isBusy = startedAt !== undefined

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setNameLeft(true)
    if (problem || isBusy || cannotWrite || !isOnline) return
    setStartedAt(Date.now())
    setError(undefined)
    try {
      const { privateKeyPem, ...key } = await makeKey(call, {
        accountId,
        madeBy,
        keyType,
        body: {
          name: name.trim(),
          scopes: deployment.scopes.filter((scope) => scopes.includes(scope)),
          ...(subaccount !== '' && { subaccount: Number(subaccount) }),
          ...(expiresAt !== undefined && { expires_at: expiresAt }),
          ...(networks.length > 0 && { ip_allowlist: [...networks] }),
        },
      })
      privateKey.current = privateKeyPem
      setMade(key)
    } catch (reason) {
      setError(reason as Error)
    } finally {
      setStartedAt(undefined)
    }
  }
  const remove = (id: string) =>
    call(isOperator ? calls.deleteAnyApiKey : calls.deleteApiKey, { params: { api_key: id } }).then(() =>
      queries.invalidateQueries({ queryKey: ['keys'] }),
    )

  if (made) {
    return (
      <PrivateKeyScreen
        keyId={made.keyId}
        name={name.trim()}
        keyType={keyType}
        fingerprint={made.fingerprint}
        privateKey={privateKey}
        madeBy={madeBy}
        onDelete={() => remove(made.keyId)}
        onDone={() => {
          queries.invalidateQueries({ queryKey: ['keys'] })
          navigate({ to: '/keys/$id', params: { id: made.keyId } })
        }}
      />
    )
  }
  return (
    <>
      <PageHeader title="New key" detail={accountId ? forAccount.data?.name : undefined} />
      <form onSubmit={submit} className="grid items-start gap-6 lg:grid-cols-[1fr_20rem]">
        <div className="divide-y divide-line rounded-panel border border-line bg-surface">
          <FormRow title="Name">
            <TextField
              label="Name"
              isLabelHidden
              dir="auto"
              autoComplete="off"
              maxLength={300}
              value={name}
              onChange={(event) => setName(event.target.value)}
              onBlur={() => setNameLeft(name !== '')}
              error={isNameLeft && nameProblem ? sentence('The name', nameProblem) : undefined}
              hint="What the program is called, for people."
            />
          </FormRow>
          <FormRow title="May do">
            <ScopeTree scopes={deployment.scopes} held={held} value={scopes} onChange={setScopes} mode="new" />
            {scopeProblem && <p className="mt-1 text-bad">Choose at least one scope.</p>}
          </FormRow>
          <FormRow title="May be used">
            <div className="grid gap-4 sm:grid-cols-2">
              <SelectField
                label="Sub-account"
                value={subaccount}
                onChange={(event) => setSubaccount(event.target.value)}
                hint={subaccount === '' ? undefined : 'A key bound to a sub-account cannot manage keys.'}
              >
                <option value="">any</option>
                {Array.from({ length: SUBACCOUNTS }, (_, i) => String(i)).map((number) => (
                  <option key={number} value={number}>
                    {number}
                  </option>
                ))}
              </SelectField>
              <TextField
                label="Until"
                type="date"
                value={until}
                onChange={(event) => setUntil(event.target.value)}
                error={expiryProblem}
                hint={
                  until === ''
                    ? 'No expiry.'
                    : `Refused from the start of this day on, ${zone === 'utc' ? 'UTC' : 'local time'}.`
                }
              />
            </div>
            <div className="mt-4">
              <NetworkList value={networks} onChange={setNetworks} />
              {address !== undefined && networks.length > 0 && isInNetworks(address, networks) === false && (
                <p className="mt-2 text-warn">Your address {address} is not in the list.</p>
              )}
            </div>
          </FormRow>
          <FormRow title="Key type">
            <Option
              name="type"
              checked={keyType === 'rsa'}
              onChange={() => setKeyType('rsa')}
              title="RSA 2048"
              text="works with every existing client"
            />
            <Option
              name="type"
              checked={keyType === 'ed25519'}
              onChange={() => setKeyType('ed25519')}
              disabled={!hasEd25519 && madeBy === 'browser'}
              title="Ed25519"
              text={
                hasEd25519 || madeBy === 'server'
                  ? 'small, new; check your client'
                  : 'This browser cannot make Ed25519 keys.'
              }
            />
          </FormRow>
          <FormRow title="Made by">
            <Option
              name="maker"
              checked={madeBy === 'browser'}
              onChange={() => setChosenMaker('browser')}
              disabled={ownKeyProblem !== undefined}
              title="this browser"
              text={ownKeyProblem ?? 'the server never sees the private key'}
            />
            <Option
              name="maker"
              checked={madeBy === 'server'}
              onChange={() => setChosenMaker('server')}
              title="the server"
              text="as older clients expect"
            />
          </FormRow>
          <div className="space-y-4 p-4 sm:p-6">
            {error instanceof LostAnswer ? (
              <div role="alert" className="rounded-control bg-bad-soft p-3">
                <div className="font-medium text-bad">The answer was lost on the way</div>
                <div className="mt-1 text-muted">
                  Key <span className="font-mono">{shortId(error.keyId)}</span> was made, but its private key cannot be
                  shown again.
                </div>
                <Button
                  className="mt-3"
                  onClick={async () => {
                    await remove(error.keyId)
                    setError(undefined)
                  }}
                >
                  Delete it and make another
                </Button>
              </div>
            ) : (
              error && <Refusal error={error} />
            )}
            <div className="flex flex-wrap justify-end gap-3">
              <Link to="/keys" className={buttonClass('quiet')}>
                Cancel
              </Link>
              <Button
                kind="filled"
                type="submit"
                disabled={isBusy}
                disabledBecause={cannotWrite ?? (isOnline ? undefined : 'Changes wait until the connection is back.')}
              >
                {isBusy ? <Elapsed since={startedAt} /> : 'Make key'}
              </Button>
            </div>
          </div>
        </div>
        <aside className="rounded-panel bg-sunken p-4 sm:p-6 lg:sticky lg:top-20">
          <h2 className="mb-2 text-section">In words</h2>
          <p aria-live="polite" className="break-words">
            {keyInWords({
              name,
              scopes,
              subaccount: subaccount === '' ? undefined : Number(subaccount),
              until: expiresAt === undefined ? undefined : dateOf(expiresAt, now, zone),
              networks,
            })}
          </p>
        </aside>
      </form>
    </>
  )
}

function FormRow({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <div className="grid gap-x-6 gap-y-2 p-4 sm:grid-cols-[7rem_1fr] sm:p-6">
      <h2 className="font-medium sm:pt-2">{title}</h2>
      <div className="min-w-0">{children}</div>
    </div>
  )
}

interface OptionProps {
  readonly name: string
  readonly checked: boolean
  readonly onChange: () => void
  readonly disabled?: boolean
  readonly title: string
  readonly text: string
}

function Option({ name, checked, onChange, disabled = false, title, text }: OptionProps) {
  return (
    <label className="flex min-h-9 items-start gap-3 py-1.5 pointer-coarse:min-h-11 pointer-coarse:items-center">
      <input
        type="radio"
        name={name}
        className="mt-0.5 size-4 shrink-0 accent-ink"
        checked={checked}
        onChange={onChange}
        disabled={disabled}
      />
      <span>
        <span className="font-medium">{title}</span> <span className="text-small text-muted">{text}</span>
      </span>
    </label>
  )
}

function Elapsed({ since }: { readonly since: number }) {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setSeconds(Math.floor((Date.now() - since) / 1000)), 250)
    return () => clearInterval(timer)
  }, [since])
  return (
    <>
      Making the key pair... <span className="w-8 text-right">{seconds} s</span>
    </>
  )
}

function tierProblem(tier: string | undefined): string | undefined {
  const { ownPublicKeyTier: needed, tiers } = deployment
  if (needed === undefined || tier === undefined || tiers.indexOf(tier) >= tiers.indexOf(needed)) return undefined
  return `Accounts below tier ${needed} cannot register their own public key.`
}

/** The rules of the API speak of a field without naming it. */
function sentence(subject: string, problem: string): string {
  return problem.startsWith('must') ? `${subject} ${problem}.` : problem
}

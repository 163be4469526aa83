import { ApiError } from '@countersign/client'
import { Refusal } from '../../ui/blocks.tsx'

/** Why an account was not saved. */
export function AccountRefusal({ error }: { readonly error: Error }) {
  if (error instanceof ApiError) return <Refusal error={error} />
  return (
    <p role="alert" className="text-bad">
      {error.message}
    </p>
  )
}

import type { ApiKeyDetails } from '@countersign/api'
import { Refusal, Section } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { type StartedRotation, useStartRotation } from './use-start-rotation.ts'

interface StartRotationProps {
  readonly row: ApiKeyDetails
  readonly onStarted: (started: StartedRotation, privateKeyPem: string) => void
}

/** Asks how long the old key goes on, and starts a rotation. */
export function StartRotation({ row, onStarted }: StartRotationProps) {
  const { fields, field, hoursProblem, rotationProblem, isBusy, error, start } = useStartRotation(row, onStarted)
  return (
    <Section title="Replace this key without downtime">
      <p className="max-w-[68ch] text-muted">
        A new key takes over; the old one answers until a deadline. The new key is made in this browser.
      </p>
      <div className="mt-4 grid max-w-md gap-4 sm:grid-cols-2">
        <SelectField label="The old key goes on for" {...field('grace')}>
          <option value="1h">1 hour</option>
          <option value="1d">1 day</option>
          <option value="7d">7 days</option>
          <option value="other">other</option>
        </SelectField>
        {fields.grace === 'other' && <TextField label="Hours" inputMode="decimal" {...field('hours')} />}
      </div>
      {error && (
        <div className="mt-4 max-w-[68ch]">
          <Refusal error={error} />
        </div>
      )}
      <div className="mt-6">
        <Button
          kind="filled"
          onClick={start}
          disabled={isBusy || hoursProblem !== undefined}
          disabledBecause={rotationProblem}
        >
          {isBusy ? 'Making the key pair...' : 'Rotate key'}
        </Button>
      </div>
    </Section>
  )
}

import { Refusal, Section } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { Options, SelectField, TextField } from '../../ui/field.tsx'
import { ExplainedRule } from './explained-rule.tsx'
import { useExplainedRule } from './use-explained-rule.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/** Asks which rule decides about a request. */
export function ExplainRule({ hasRules }: { readonly hasRules: boolean }) {
  const { field, isEmpty, submit, explained } = useExplainedRule()
  return (
    <Section title="Explain">
      <form onSubmit={submit} className="flex flex-wrap items-end gap-3">
        <div className="w-28">
          <SelectField label="Method" {...field('method')}>
            <Options of={METHODS} />
          </SelectField>
        </div>
        <div className="min-w-0 flex-1 basis-64">
          <TextField
            label="Path and query"
            data-search=""
            className="font-mono"
            autoComplete="off"
            spellCheck={false}
            {...field('target')}
          />
        </div>
        <Button kind="filled" type="submit" disabled={isEmpty}>
          Explain
        </Button>
      </form>
      <div aria-live="polite" className="mt-4 min-h-6">
        {explained.error && <Refusal error={explained.error} />}
        {explained.data && <ExplainedRule explained={explained.data} hasRules={hasRules} />}
      </div>
    </Section>
  )
}

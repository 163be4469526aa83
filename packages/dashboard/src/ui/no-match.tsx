import { Empty } from './blocks.tsx'
import { Button } from './button.tsx'
import { counted } from './numbers.ts'

interface NoMatchProps {
  readonly title: string
  readonly filters: object
  readonly onClear: () => void
}

/** A list that is empty because of its filters. */
export function NoMatch({ title, filters, onClear }: NoMatchProps) {
  const on = filtersOn(filters)
  return (
    <Empty title={title} action={<Button onClick={onClear}>Clear filters</Button>}>
      {counted(on, 'filter')} {on === 1 ? 'is' : 'are'} on.
    </Empty>
  )
}

/** How many filters narrow a list. */
export function filtersOn(filters: object): number {
  return Object.values(filters).filter(Boolean).length
}

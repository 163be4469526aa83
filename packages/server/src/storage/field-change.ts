/** A change of a value that may be absent: `undefined` leaves it as it is, `null` takes it away. */
export type FieldChange<Value> = Value | null | undefined

/** Whether a set of changes leaves everything as it is. */
export function changesNothing(changes: object): boolean {
  return Object.values(changes).every((change) => change === undefined)
}

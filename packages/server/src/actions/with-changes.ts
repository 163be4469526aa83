/** The record with its changes: `undefined` leaves a field as it is, `null` takes it away. */
export function withChanges<Fields extends object>(
  record: Fields,
  changes: { readonly [Name in keyof Fields]?: Fields[Name] | null },
): Fields {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined)
  return { ...record, ...Object.fromEntries(given.map(([name, value]) => [name, value ?? undefined])) }
}

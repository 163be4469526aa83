/** A query without its empty values: an empty field filters nothing. */
export function withoutEmpty<Query extends object>(query: Query): Query {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== '')) as Query
}

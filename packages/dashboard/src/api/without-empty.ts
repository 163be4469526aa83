/** A query without its empty values: an empty field of a form narrows nothing. */
export function withoutEmpty<Query extends object>(query: Query): Query {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== '')) as Query
}

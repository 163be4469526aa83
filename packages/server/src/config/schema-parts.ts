import { type TProperties, type TSchema, type TSchemaOptions, Type } from 'typebox'
import { Create } from 'typebox/value'

/** Annotations of a setting: for editors, for docs/configuration.md and for the problems that are reported. */
export interface Notes extends TSchemaOptions {
  readonly description: string
  /** The allowed values, if the kind and the limits of the schema do not say them. */
  readonly errorMessage?: string
  /** The default in words, if there is no short value. */
  readonly byDefault?: string
  /** A page that says more. */
  readonly see?: string
}

/** Plain data that nobody changes. */
export type Fixed<T> = T extends object ? { readonly [Key in keyof T]: Fixed<T[Key]> } : T

/** The form of a name that the writer of the file chooses. */
export const NAME = '^[A-Za-z][A-Za-z0-9_-]{0,63}$'
/** The same in words. */
export const NAME_ALLOWED = 'a letter, then up to 63 letters, digits, - and _'

/** A whole number of a range. */
export function wholeNumber(minimum: number, maximum: number, notes?: Notes) {
  return Type.Integer({ minimum, maximum, ...notes })
}

/** A number above 0. */
export function positiveNumber(maximum: number, notes: Notes) {
  return Type.Number({ exclusiveMinimum: 0, maximum, ...notes })
}

/** An object without any other keys. */
export function closed<Properties extends TProperties>(properties: Properties) {
  return Type.Object(properties, { additionalProperties: false })
}

/** Settings that belong together. Each has a default, or is optional. */
export function group<Properties extends TProperties>(properties: Properties) {
  const schema = closed(properties)
  return Object.assign(schema, { default: Create(schema) })
}

/** An object whose keys may all be left out. */
export function partial<Properties extends TProperties>(properties: Properties) {
  return Type.Partial(closed(properties), { additionalProperties: false })
}

/** An object with keys that the writer of the file chooses. */
export function byName<Item extends TSchema>(item: Item, notes: Notes) {
  return Type.Record(Type.String({ pattern: NAME }), item, { minProperties: 1, additionalProperties: false, ...notes })
}

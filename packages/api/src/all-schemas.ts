import * as schemas from './schemas/index.ts'
import type { NamedSchema } from './schemas/schema.ts'

/** Every named schema. A validator needs them to resolve references. */
export const SCHEMAS: readonly NamedSchema[] = Object.values<object>(schemas).filter(isNamed)

/** The modules export lists of texts beside schemas. */
function isNamed(exported: object): exported is NamedSchema {
  return '$id' in exported
}

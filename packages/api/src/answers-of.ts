import type { Answer, Call } from './call.ts'

/** Every answer of a call by its status: what its definition lists, and the refusals that all calls of its kind share. */
export function answersOf(call: Call): Readonly<Record<number, Answer>> {
  return call.refusals === 'as-listed' ? call.answers : { ...usualRefusals(call), ...call.answers }
}

/** The refusals that follow from a call's scope and body. */
function usualRefusals({ scope, body }: Call): Readonly<Record<number, Answer>> {
  const isPublic = scope === 'public'
  const refusals = { ...ALWAYS }
  if (body || !isPublic) Object.assign(refusals, MALFORMED)
  if (!isPublic) Object.assign(refusals, SIGNED)
  if (body) Object.assign(refusals, TOO_LARGE)
  return refusals
}

const ALWAYS: Readonly<Record<number, Answer>> = {
  429: { description: 'Too many requests.', schema: 'LimitedResponse' },
  500: { description: 'A fault of the server.', schema: 'ErrorResponse' },
  503: { description: 'The server cannot answer now; try again later.', schema: 'ErrorResponse' },
}
const MALFORMED: Readonly<Record<number, Answer>> = {
  400: { description: 'The request was refused as it is.', schema: 'BadRequestResponse' },
}
const SIGNED: Readonly<Record<number, Answer>> = {
  401: { description: 'The signature was refused.', schema: 'ErrorResponse' },
  403: { description: 'The key may not do this.', schema: 'ErrorResponse' },
}
const TOO_LARGE: Readonly<Record<number, Answer>> = {
  413: { description: 'The body is larger than 64 KiB.', schema: 'ErrorResponse' },
}

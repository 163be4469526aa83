import type { Component } from './component.ts'
import { derivedValue } from './derived-component.ts'
import { fieldValue } from './field-component.ts'
import { type HttpMessage, isRequest } from './message.ts'
import { type MessageProblem, type MessageProblemCode, messageProblem } from './problem.ts'

/** The coverage that a signature states. */
export interface Coverage {
  readonly components: readonly Component[]
  /** The canonical text of the covered components and the signature's parameters: the last line of the base. */
  readonly parametersText: string
}

/** Longest signature base. It is more than all headers that node:http accepts, and the URL twice. */
export const MAX_BASE_LENGTH = 32_768

/**
 * The text that a signature covers (RFC 9421 section 2.5), or the component without a value. Signer and verifier share
 * this function.
 *
 * Two requests with the same meaning can have one base: `/path` and `/path?` where `@query` is covered, and a field on
 * two lines or joined on one. `@target-uri` distinguishes the first two, `bs` the others.
 */
export function signatureBase({ components, parametersText }: Coverage, message: HttpMessage): string | MessageProblem {
  let base = ''
  for (const component of components) {
    const found = componentValue(component, message)
    if (typeof found === 'string') return messageProblem(found, 'the signature', component.identifier)
    base += `${component.identifier}: ${found.value}\n`
    if (base.length > MAX_BASE_LENGTH) return messageProblem('base_too_long')
  }
  return `${base}"@signature-params": ${parametersText}`
}

function componentValue(component: Component, message: HttpMessage): { value: string } | MessageProblemCode {
  const { parameters } = component
  if (parameters.size === 0 || !parameters.has('req')) return valueIn(message, component)
  if (isRequest(message) || parameters.get('req')?.value !== true) return 'component_not_supported'
  return message.request ? valueIn(message.request, component) : 'component_not_available'
}

function valueIn(message: HttpMessage, component: Component): { value: string } | MessageProblemCode {
  if (!component.name.startsWith('@')) return fieldValue(component, message)
  if (isRequest(message)) return derivedValue(component, message)
  const isStatus = component.name === '@status' && component.parameters.size === 0
  return isStatus ? statusValue(message.status) : 'component_not_supported'
}

function statusValue(status: number): { value: string } | MessageProblemCode {
  return Number.isInteger(status) && status >= 100 && status <= 999
    ? { value: String(status) }
    : 'component_not_available'
}

import { createRequire } from 'node:module'
import type { BuildCompilerFromPool } from '@fastify/ajv-compiler'

type Compile = ReturnType<BuildCompilerFromPool>
type Validator = ReturnType<Compile>

/**
 * Fastify's usual validators, each compiled when a request first needs it. To load Ajv and to compile them all took a
 * tenth of every start.
 */
export const buildLateValidators = ((schemas, options) => {
  let compile: Compile | undefined
  return (route: Parameters<Compile>[0]) => {
    let validate: Validator | undefined
    const validateLate = (data: unknown) => {
      compile ??= loadAjvCompiler()(schemas, options)
      validate ??= compile(route)
      const isValid = validate(data)
      // Fastify reads here what was wrong.
      validateLate.errors = validate.errors
      return isValid
    }
    validateLate.errors = undefined as Validator['errors']
    return validateLate
  }
}) as BuildCompilerFromPool

/** `require`, because a validator must answer at once. */
function loadAjvCompiler(): BuildCompilerFromPool {
  return createRequire(import.meta.url)('@fastify/ajv-compiler')()
}

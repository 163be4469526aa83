import type { MaybePromise } from '@countersign/protocol'
import type { Denied } from './decision.ts'

/** Goes on with a value, at once where it is no promise: a promise costs as much as several of the gate's steps. */
export function andThen<Value, Result>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  return isPromise(value) ? value.then(next) : next(value)
}

/** Goes on with a value unless it is a refusal, which is handed on as it is. */
export function unlessDenied<Value extends object, Result>(
  value: MaybePromise<Value | Denied>,
  next: (value: Value) => MaybePromise<Result | Denied>,
): MaybePromise<Result | Denied> {
  return andThen(value, (known): MaybePromise<Result | Denied> => ('denied' in known ? known : next(known)))
}

/** Calls one of two listeners with what came of a value: at once where it is no promise. */
export function settle<Value>(
  value: MaybePromise<Value>,
  done: (value: Value) => void,
  failed: (fault: unknown) => void,
): void {
  if (isPromise(value)) value.then(done, failed)
  else done(value)
}

/** What a function makes; a rejection where it throws. */
export function attempt<Value>(make: () => MaybePromise<Value>): MaybePromise<Value> {
  try {
    return make()
  } catch (fault) {
    return Promise.reject(fault)
  }
}

/** A promise of another realm or library is one too: taken for the value itself, it would be no refusal. */
function isPromise<Value>(value: MaybePromise<Value>): value is Promise<Value> {
  return value instanceof Promise || (typeof value === 'object' && value !== null && 'then' in value)
}

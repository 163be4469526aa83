import type { MaybePromise } from '@countersign/protocol'
import type { Denied } from './decision.ts'

/** Continues with a value, at once if it is not a promise. A promise costs as much as several of the gate's steps. */
export function andThen<Value, Result>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  return isPromise(value) ? value.then(next) : next(value)
}

/** Continues with a value. A refusal is returned unchanged. */
export function unlessDenied<Value extends object, Result>(
  value: MaybePromise<Value | Denied>,
  next: (value: Value) => MaybePromise<Result | Denied>,
): MaybePromise<Result | Denied> {
  return andThen(value, (known): MaybePromise<Result | Denied> => ('denied' in known ? known : next(known)))
}

/** Calls one of two listeners with the result of a value: at once if it is not a promise. */
export function settle<Value>(
  value: MaybePromise<Value>,
  done: (value: Value) => void,
  failed: (fault: unknown) => void,
): void {
  if (isPromise(value)) value.then(done, failed)
  else done(value)
}

/** The result of a function, or a rejection if it throws. */
export function attempt<Value>(make: () => MaybePromise<Value>): MaybePromise<Value> {
  try {
    return make()
  } catch (fault) {
    return Promise.reject(fault)
  }
}

/** A promise of another realm or library counts too. Taken for the value itself, it would not be a refusal. */
function isPromise<Value>(value: MaybePromise<Value>): value is Promise<Value> {
  return value instanceof Promise || (typeof value === 'object' && value !== null && 'then' in value)
}

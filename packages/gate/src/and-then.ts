import type { MaybePromise } from '@countersign/protocol'

/** Goes on with a value at once where it is at hand: a promise costs as much as several of the gate's steps. */
export function andThen<Value, Result>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Tells one of two listeners what came of a value: at once where it is at hand. */
export function settle<Value>(
  value: MaybePromise<Value>,
  done: (value: Value) => void,
  failed: (fault: unknown) => void,
): void {
  if (value instanceof Promise) value.then(done, failed)
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

import type { MaybePromise } from '@countersign/protocol'

/** Goes on with a value at once where it is at hand: a promise costs as much as several of the gate's steps. */
export function andThen<Value, Result>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  return value instanceof Promise ? value.then(next) : next(value)
}

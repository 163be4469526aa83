/** Starts one call of `start` per turn of the event loop, in the order of the calls. A flood of calls then delays no other work. */
export function onePerTurn<Input, Output>(start: (input: Input) => Promise<Output>): (input: Input) => Promise<Output> {
  const waiting: (() => void)[] = []

  function next(): void {
    waiting.shift()?.()
    if (waiting.length > 0) setImmediate(next)
  }

  return (input) =>
    new Promise((resolve, reject) => {
      if (waiting.push(() => (async () => start(input))().then(resolve, reject)) === 1) setImmediate(next)
    })
}

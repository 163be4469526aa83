import { AggregatorRegistry } from 'prom-client'

/** Metrics as prom-client hands them from thread to thread. */
type MetricsJson = readonly object[]

/**
 * The metrics of one place of a data-plane thread. What a thread counted until it was last asked is kept when it does not answer
 * or has ended, so that no sum falls while a thread is down or started again. Gauges are of the moment, and are not kept.
 */
export class ThreadMetrics {
  #past: MetricsJson = []
  #last: MetricsJson = []

  /** All that was counted in this place, given what its thread answers now; `undefined` where it does not. */
  sum(answer: MetricsJson | undefined): MetricsJson[] {
    if (answer) this.#last = answer.filter(isSum)
    return [this.#past, answer ?? this.#last]
  }

  /** The next answer is of a new thread, which counts from zero. */
  async threadEnded(): Promise<void> {
    const both = [this.#past, this.#last]
    this.#last = []
    this.#past = (await AggregatorRegistry.aggregate(both as object[]).getMetricsAsJSON()) as MetricsJson
  }
}

function isSum(metric: object): boolean {
  return 'type' in metric && metric.type !== 'gauge'
}

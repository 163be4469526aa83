import { AggregatorRegistry } from 'prom-client'

/** Metrics in prom-client's form for other threads. */
type MetricsJson = readonly object[]

/**
 * The metrics of one place of a data-plane thread. The last known counts of a thread are kept if it does not answer or
 * has ended, so that no sum falls while a thread is down or started again. Gauges describe the present and are not
 * kept.
 */
export class ThreadMetrics {
  #past: MetricsJson = []
  #last: MetricsJson = []

  /** All counts of this place, with its thread's present answer; `undefined` if there is none. */
  sum(answer: MetricsJson | undefined): MetricsJson[] {
    if (answer) this.#last = answer.filter(isSum)
    return [this.#past, answer ?? this.#last]
  }

  /** The next answer comes from a new thread, which counts from zero. */
  async threadEnded(): Promise<void> {
    const both = [this.#past, this.#last]
    this.#last = []
    this.#past = (await AggregatorRegistry.aggregate(both as object[]).getMetricsAsJSON()) as MetricsJson
  }
}

function isSum(metric: object): boolean {
  return 'type' in metric && metric.type !== 'gauge'
}

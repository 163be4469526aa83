import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'

/** One line on where figures come from, and how busy the machine was with other things when they were taken. */
export function machineFacts(): string {
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  const load = loadavg().map((average) => average.toFixed(1))
  return [
    `${availableParallelism()} x ${processor}, ${memory}`,
    `${platform()} ${release()} ${arch()}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`,
    `load average ${load.join(' ')}, ${new Date().toISOString()}`,
  ].join('; ')
}

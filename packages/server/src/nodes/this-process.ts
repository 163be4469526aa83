import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { kill, pid } from 'node:process'

/** A process of the server, so that another process on the same machine can look whether it still runs. */
export interface ProcessIdentity {
  /** Shown to people. */
  readonly hostName: string
  /** The machine, its start, and its space of process ids: two containers of one host differ. */
  readonly machine: string
  /** The process id, and on Linux its start, because ids are used again. */
  readonly processId: string
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  const hostName = hostname()
  return { hostName, machine: machineOf(hostName), processId: processWithId(pid) }
}

/** Whether a process of this machine still runs; `undefined` if it was on another machine. */
export function stillRuns(machine: string, processId: string): boolean | undefined {
  if (machine !== machineOf(hostname())) return undefined
  const id = Number(processId.split('/', 1)[0])
  try {
    kill(id, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return processWithId(id) === processId
}

function machineOf(hostName: string): string {
  return [
    hostName,
    ask(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    ask(() => readlinkSync('/proc/self/ns/pid')),
  ].join('/')
}

/** The id and the start of a process. For one that has ended, and whose parent does not know it yet, another text. */
function processWithId(id: number): string {
  // The name of the program, which comes before these fields, may hold blanks and brackets.
  const fields = ask(() => readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1) ?? '').split(' ')
  const [state, startedAt = ''] = [fields[0], fields[19]]
  return state === 'Z' ? `${id}/ended` : `${id}/${startedAt}`
}

/** Only Linux answers. */
function ask(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

#!/usr/bin/env node
// Plain JavaScript that old versions of Node read too: it says what is missing before anything else is loaded.

// Node would answer this signal by opening its debugger to every user of the machine.
process.on('SIGUSR1', () => undefined)

const major = Number(process.versions.node.split('.')[0])

if (major < 24 || !process.features.typescript) {
  process.stderr.write(
    [
      `error: Node ${process.versions.node} cannot run countersign`,
      '  why  It needs Node 24 or later with type stripping.',
      '  fix  run it as npx countersign inside the repository, or install Node 26',
      '',
    ].join('\n'),
  )
  process.exitCode = 1
} else {
  import('../src/main.ts')
}

/** A program: reads the tests' report (Vitest's JSON) and prints the one line that sums it up. Ends with 1 unless all passed. */
import { readFileSync } from 'node:fs'

const files = readReport(process.argv[2])
const results = files.flatMap(({ status, assertionResults }) => {
  const each = assertionResults.map((result) => result.status)
  // A file that fails to load, or outside of its tests, is a failure of its own.
  return status === 'failed' && !each.includes('failed') ? [...each, 'failed'] : each
})
const count = (status) => results.filter((result) => result === status).length
const passed = count('passed')
const failed = count('failed')
const notRun = results.length - passed - failed

if (notRun > 0) process.stdout.write(`${notRun} tests did not run: none may be skipped here\n`)
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = passed > 0 && failed + notRun === 0 ? 0 : 1

function readReport(path) {
  const text = readFileSync(path, 'utf8')
  return text === '' ? [] : JSON.parse(text).testResults
}

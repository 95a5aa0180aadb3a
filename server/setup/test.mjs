/**
 * npm test: set-up, lint, types, then every unit, property and browser test. Lint and types count
 * as one test each; the last line is "N passed, N failed".
 */
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { root, setupOrExit } from './setup.mjs'

const worlds = ['shared', 'server/core', 'server', 'client', 'e2e']

/** @param {string} module @param {readonly string[]} args @returns {Promise<boolean>} did it pass? */
function run(module, args) {
  return new Promise((resolve) => {
    const program = join(root, 'node_modules', module)
    const child = spawn(process.execPath, [program, ...args], { cwd: root, stdio: 'inherit' })
    child.on('exit', (code) => resolve(code === 0))
  })
}

/** @param {string} name @param {() => Promise<boolean>} check */
async function report(name, check) {
  const startMs = performance.now()
  const passed = await check()
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
  console.log(`${passed ? '✓' : '✗'} ${name} (${seconds} s)`)
  return passed
}

async function checkTypes() {
  for (const world of worlds) if (!(await run('typescript/bin/tsc', ['-p', world]))) return false
  return true
}

/** @param {readonly string[]} filters */
async function runTests(filters) {
  const file = join(tmpdir(), `shoal-tests-${process.pid}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const ok = await run('vitest/vitest.mjs', ['run', '--mode', 'test', ...reporters, ...filters])
  try {
    return { ok, ...countsOf(JSON.parse(readFileSync(file, 'utf8'))) }
  } catch {
    return { ok: false, passed: 0, failed: 1 } // Vitest itself did not get to its end
  } finally {
    rmSync(file, { force: true })
  }
}

/**
 * A file that cannot be loaded is a failed suite without a single failed test.
 *
 * @param {{ numPassedTests: number, numFailedTests: number, testResults: { status: string, assertionResults: unknown[] }[] }} report
 */
function countsOf({ numPassedTests, numFailedTests, testResults }) {
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  return { passed: numPassedTests, failed: numFailedTests + broken.length }
}

await setupOrExit({ dev: true, browser: true })
const filters = process.argv.slice(2)
const checks =
  filters.length > 0
    ? []
    : [
        await report('lint', () => run('@biomejs/biome/bin/biome', ['check'])),
        await report('types', checkTypes),
      ]
const tests = await runTests(filters)
const passed = tests.passed + checks.filter((ok) => ok).length
let failed = tests.failed + checks.filter((ok) => !ok).length
// Vitest also fails on errors outside of any test.
if (!tests.ok && tests.failed === 0) failed += 1
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

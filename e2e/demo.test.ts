/** The whole of Shoal on the shipped data, as `npm run demo` runs it: real tabs, a real server. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setup } from '../server/setup/setup.mjs'
import { leukemia, projectDir, runArguments } from './lassoSets.ts'
import { lastJson, runJob, shoal } from './shoal.ts'

let dir: string
beforeAll(async () => {
  await setup({ browser: true })
  dir = mkdtempSync(join(tmpdir(), 'shoal-e2e-'))
}, 300_000)
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Temporary folders go where the test can see what is left of them. */
function ownTemp(name: string): { path: string; env: NodeJS.ProcessEnv } {
  const path = mkdtempSync(join(dir, name))
  return { path, env: { ...process.env, TMPDIR: path } }
}

describe.each(leukemia.references)('the lasso on leukemia at $ratio λmax', (reference) => {
  test('ends certified at the reference optimum, and leaves nothing behind', async () => {
    const out = join(dir, `out-${reference.ratio}`)
    const temp = ownTemp('run-')
    const report = await runJob(
      [...runArguments(leukemia, reference), '--tabs', '2', '--out', out],
      { env: temp.env, timeoutMs: 170_000 },
    )
    const { objective, gap, lambda, lambdaMax, nnz } = report
    expect(Math.abs(objective - reference.objective) / reference.objective).toBeLessThan(1e-6)
    expect(gap).toBeLessThanOrEqual(1e-6)
    expect(Math.abs(lambdaMax - leukemia.lambdaMax) / leukemia.lambdaMax).toBeLessThan(1e-8)
    expect(lambda).toBeCloseTo(reference.ratio * lambdaMax, 12)
    // A gap of 1e-6 leaves coefficients of that order open: a few may or may not be zero.
    expect(Math.abs(nnz - reference.nonZeros)).toBeLessThanOrEqual(4)

    expect(report.volunteers).toBe(2)
    expect(report.deltas).toBeGreaterThan(0)
    expect(report.updates).toBeGreaterThan(nnz)
    expect(report.bytesDown).toBeGreaterThan(0)
    expect(report.bytesUp).toBeGreaterThan(0)

    const rows = readFileSync(join(out, 'coefficients.csv'), 'utf8').trim().split('\n')
    expect(rows[0]).toBe('name,value')
    expect(rows).toHaveLength(2 + nnz)
    const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'))
    expect(summary.result.objective).toBe(objective)
    const lines = readFileSync(join(out, 'run.jsonl'), 'utf8').trim().split('\n')
    expect(lines.length).toBeGreaterThan(0)
    expect(JSON.parse(lines.at(-1)!).values.gap).toBeLessThanOrEqual(1e-6)
    expect(readdirSync(temp.path).filter((name) => name.startsWith('shoal-'))).toEqual([])
  }, 180_000)
})

test('the demo of films names titles, and an error below that of the mean', async () => {
  const ran = await shoal(['demo', 'mf', '--tabs', '2'], { timeoutMs: 170_000 })
  expect(ran.code).toBe(0)
  const [, error, mean] = /(1\.\d+) \(RMSE.*it would be (1\.\d+)\./s.exec(ran.stdout) ?? []
  expect(Number(mean)).toBeCloseTo(1.886, 2)
  expect(Number(error)).toBeLessThan(1.65)
  expect(ran.stdout.match(/^ +\d+\.\d {2}.+ \(\d{4}\)$/gm)).toHaveLength(5 + 8)
}, 180_000)

test('Ctrl-C ends server and browser, and removes the temporary data', async () => {
  const temp = ownTemp('stop-')
  // A path of many λ: it does not end by itself before it is stopped.
  const args = ['run', 'lasso', '--data', leukemia.data, '--target', leukemia.target!]
  const child = spawn(
    process.execPath,
    [join(projectDir, 'dist/server/cli.js'), ...args, '--path', '1000', '--cv', '10'],
    { stdio: ['ignore', 'ignore', 'pipe'], env: temp.env },
  )
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      if (/^job /m.test(chunk.toString())) resolve()
    })
  })
  const family = descendants(child.pid!)
  expect(family.length).toBeGreaterThan(2)
  // Twice, as it arrives under `npm run`: from the terminal, and passed on by npm.
  child.kill('SIGINT')
  child.kill('SIGINT')
  const code = await new Promise((resolve) => child.once('exit', resolve))
  expect(code).toBe(130)
  expect(family.filter(isRunning)).toEqual([])
  expect(readdirSync(temp.path).filter((name) => name.startsWith('shoal-'))).toEqual([])
}, 60_000)

describe('the commands work together', () => {
  test('serve, ingest, submit, pause, resume, status, cancel', async () => {
    const data = join(dir, 'data')
    const at = ['--data-dir', data, '--json']
    const server = spawn(
      process.execPath,
      [join(projectDir, 'dist/server/cli.js'), 'serve', '--port', '0', ...at],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    try {
      await new Promise<void>((resolve) => server.stdout.once('data', () => resolve()))
      const files = [leukemia.data, '--target', leukemia.target!, '--name', 'genes']
      expect(lastJson(await shoal(['ingest', ...files, ...at]))).toMatchObject({ rows: 72 })
      const submit = ['submit', 'lasso', '--dataset', 'genes', '--lambda-ratio', '0.1']
      const job = lastJson(await shoal([...submit, '--name', 'first', ...at]))
      expect(job).toMatchObject({ status: 'running', name: 'first' })
      const id = String(job.id)
      expect(lastJson(await shoal(['pause', id, ...at])).status).toBe('paused')
      expect(lastJson(await shoal(['resume', id, ...at])).status).toBe('running')
      const early = await shoal(['results', id, '--out', join(dir, 'early'), ...at])
      expect(early).toMatchObject({ code: 1, stdout: '' })
      expect(early.stderr).toMatch(/no results yet/)
      expect(lastJson(await shoal(['cancel', id, ...at])).status).toBe('cancelled')
      const { jobs } = lastJson(await shoal(['status', ...at])) as { jobs: unknown[] }
      expect(jobs).toMatchObject([{ id, status: 'cancelled' }])
      const human = await shoal(['status', id, '--watch', '--data-dir', data])
      expect(human.stdout).toMatch(/^status +cancelled$/m)
      const again = await shoal([...submit.with(3, 'nothing'), ...at])
      expect(again.code).toBe(1)
      expect(again.stderr).toMatch(/nothing/)
    } finally {
      server.kill('SIGTERM')
    }
    const code = await new Promise((resolve) => server.once('exit', resolve))
    expect(code).toBe(0)
  }, 60_000)

  test.each([
    [['frobnicate'], /unknown command/],
    [['run', 'forest'], /unknown command 'forest'\n\(there are .*lasso/],
    [['submit', 'lasso', '--dataset', 'x', '--lambda', '-1'], /--lambda -1: must be > 0/],
    [['status', '--data-dir', '/nowhere/at/all'], /shoal serve/],
    [['status', '--url', 'http://127.0.0.1:9', '--token', 'x'], /127\.0\.0\.1:9/],
    [['ingest', '/nowhere/X.npy'], /no file \/nowhere\/X\.npy/],
    [['run', 'lasso', '--data', leukemia.data, '--lambda-ratio', '0.1', '--tabs', '0'], /--tabs/],
    [['serve', '--tls-cert', 'c.pem'], /both --tls-cert and --tls-key/],
  ])('%j is refused with a sentence and exit code 1', async (args, sentence) => {
    const temp = ownTemp('bad-')
    const ran = await shoal(args, { cwd: temp.path, env: temp.env })
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toMatch(sentence)
    expect(ran.stderr).not.toMatch(/^\s+at /m)
  })

  test('every command has help with an example', async () => {
    const names = 'serve ingest status results infer replay cancel pause resume volunteer demo'
    const words = names.split(' ').map((name) => [name])
    for (const app of ['lasso', 'mf', 'lda']) words.push(['submit', app], ['run', app])
    for (const command of words) {
      const ran = await shoal([...command, '--help'])
      expect(ran.code).toBe(0)
      expect(ran.stdout).toMatch(/Examples?:\n {2}(shoal|npm)/)
    }
  }, 60_000)
})

/** Children, their children, and so on; empty where /proc does not tell. */
function descendants(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`
  if (!existsSync(path)) return []
  const children = readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  return children.flatMap((child) => [child, ...descendants(child)])
}

/** A zombie has ended; nobody has asked for its exit code yet. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false // gone
  }
}

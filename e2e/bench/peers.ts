/**
 * The native programs beside Shoal: which are there, and one run of one of them.
 *
 * A peer is a command that is called with the path of a task (JSON), solves it, writes β where the
 * task says, and prints one line of JSON; peers/README.md is its manual. Programs have stop rules of
 * their own: each is run with ever smaller tolerances until β, measured by exact.ts, has the gap that
 * is asked for; that tolerance is then the one it is timed with.
 */
import { execFile, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectDir } from '../lassoSets.ts'
import type { LinearCase, QualityCase } from './cases.ts'
import type { Exact, Measured } from './exact.ts'
import type { Exchange } from './exchange.ts'
import type { AppName } from './options.ts'

const execute = promisify(execFile)
const script = (name: string): string => join(projectDir, 'e2e/bench/peers', name)

export interface Peer {
  readonly name: string
  /** Program and its first arguments; the task's path follows. */
  readonly command: readonly string[]
  readonly apps: readonly AppName[]
  /** What is tried, in this order; see above. */
  readonly tolerances: readonly number[]
}

export interface PeerRun {
  readonly loadSeconds: number | null
  readonly solveSeconds: number
  /** Of a convex case, by our own measure. */
  readonly measured: Measured | null
  /** Of another, by the peer's word. */
  readonly quality: number | null
}

type Report = Omit<PeerRun, 'measured'>

export type Failure = { readonly failed: string }

/** sklearn's own rule is a duality gap: the task's target, then less if that was not enough. */
const GAP_RULE = [1, 0.3, 0.1]
/** glmnet's and liblinear's rules are on steps and gradients, which say little about a gap. */
const STEP_RULE = [1e-4, 1e-6, 1e-8, 1e-10, 1e-12, 1e-14]

/** Less than this gained by a hundredth of the tolerance, and a program has come to its end. */
const STALLED = 0.9

/** Peers that can be started here; a Python that has a module may hide behind another on the PATH. */
export async function findPeers(): Promise<{ peers: Peer[]; absent: string[] }> {
  const peers: Peer[] = []
  const absent: string[] = []
  const python = (module: string) =>
    first(['python3', '/usr/bin/python3'], ['-c', `import numpy, scipy, ${module}`])
  const both = ['lasso', 'logistic'] as const
  const add = (
    name: string,
    program: string | null,
    file: string,
    apps: Peer['apps'],
    tolerances: readonly number[],
    hint: string,
  ): void => {
    if (program === null) absent.push(`${name} (${hint})`)
    else peers.push({ name, command: [program, script(file)], apps, tolerances })
  }
  const sklearn = await python('sklearn')
  const debian = 'Debian: apt install '
  add('scikit-learn', sklearn, 'sklearnLasso.py', ['lasso'], GAP_RULE, `${debian}python3-sklearn`)
  add('celer', await python('celer'), 'celerSolver.py', both, GAP_RULE, 'pip install celer')
  add('skglm', await python('skglm'), 'skglmSolver.py', ['lasso'], GAP_RULE, 'pip install skglm')
  const glmnet = await first(['Rscript'], ['-e', 'library(glmnet)'])
  add('glmnet', glmnet, 'glmnet.R', both, STEP_RULE, `${debian}r-cran-glmnet`)
  const liblinear =
    (await first(['liblinear-train'], [])) &&
    (await first(['python3', '/usr/bin/python3'], ['-c', 'import numpy']))
  add(
    'liblinear',
    liblinear,
    'liblinearTrain.py',
    ['logistic'],
    STEP_RULE,
    `${debian}liblinear-tools`,
  )
  return { peers, absent }
}

/** The first program that runs these arguments without an error. */
async function first(programs: readonly string[], args: readonly string[]): Promise<string | null> {
  for (const program of programs) {
    try {
      await execute(program, args)
      return program
    } catch (error) {
      // liblinear-train without arguments prints its usage and exits with 1: it is there.
      if (args.length === 0 && (error as { code?: unknown }).code === 1) return program
    }
  }
  return null
}

export interface PeerTask {
  readonly case: LinearCase
  readonly exact: Exact
  readonly exchange: Exchange
  readonly timeoutSeconds: number
}

/** One run at one tolerance. */
export async function runPeer(
  peer: Peer,
  task: PeerTask,
  tolerance: number,
): Promise<PeerRun | Failure> {
  const { case: asked, exact, exchange, timeoutSeconds } = task
  const taskPath = join(exchange.folder, 'task.json')
  const betaPath = join(exchange.folder, 'beta.bin')
  const { app, standardize, intercept, data, target } = asked
  writeFileSync(betaPath, new Uint8Array(0))
  writeFileSync(
    taskPath,
    JSON.stringify({
      ...{ app, ...exchange, rows: exact.n, columns: exact.d, standardize, intercept },
      ...{ data, target },
      ...{ lambda: exact.lambda, gapTarget: exact.gapTarget, tolerance, beta: betaPath },
    }),
  )
  const ran = await collect(peer.command, taskPath, timeoutSeconds)
  if ('failed' in ran) return ran
  const bytes = readFileSync(betaPath)
  if (bytes.byteLength !== 8 * exact.d) return { failed: 'wrote no β' }
  const beta = new Float64Array(new Uint8Array(bytes).buffer)
  return { ...ran, measured: exact.measure(beta) }
}

/** The tolerance at which a peer reaches the gap, with that run; or why it does not. */
export async function calibrate(
  peer: Peer,
  task: PeerTask,
): Promise<{ tolerance: number; run: PeerRun } | Failure> {
  let best = Number.POSITIVE_INFINITY
  for (const tolerance of peer.tolerances) {
    const run = await runPeer(peer, task, tolerance)
    if ('failed' in run) return run
    const { gap } = run.measured!
    if (gap <= 1.05 * task.case.tol) return { tolerance, run }
    // It has come as far as its arithmetic goes: asking for more only takes longer.
    const hasStalled = gap > STALLED * best
    best = Math.min(best, gap)
    if (hasStalled) break
  }
  return { failed: `stops at a gap of ${best.toExponential(1)}` }
}

/** One run on a case without a certificate: the peer is told what Shoal is told. */
export async function runQualityPeer(
  peer: Peer,
  asked: QualityCase,
  options: { folder: string; timeoutSeconds: number },
): Promise<PeerRun | Failure> {
  const { app, quality, arguments: flags } = asked
  mkdirSync(options.folder, { recursive: true })
  const taskPath = join(options.folder, 'task.json')
  writeFileSync(taskPath, JSON.stringify({ app, quality, flags }))
  const ran = await collect(peer.command, taskPath, options.timeoutSeconds)
  if ('failed' in ran) return ran
  return ran.quality === null ? { failed: 'reported no quality' } : { ...ran, measured: null }
}

/** Run the command; its last line is the report. */
function collect(
  [program, ...args]: readonly string[],
  taskPath: string,
  timeoutSeconds: number,
): Promise<Report | Failure> {
  return new Promise((resolve) => {
    const child = spawn(program!, [...args, taskPath], { stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr, isLate] = ['', '', false]
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    const timer = setTimeout(() => {
      isLate = true
      child.kill('SIGKILL')
    }, timeoutSeconds * 1000)
    child.on('error', (error) => resolve({ failed: error.message }))
    child.on('close', (code) => {
      clearTimeout(timer)
      if (isLate) resolve({ failed: `> ${timeoutSeconds} s` })
      else if (code === 0) resolve(reportOf(stdout))
      else resolve({ failed: stderr.trim().split('\n').at(-1)?.slice(0, 120) || `exit ${code}` })
    })
  })
}

function reportOf(stdout: string): Report | Failure {
  try {
    const { loadSeconds, solveSeconds, quality } = JSON.parse(stdout.trim().split('\n').at(-1)!)
    const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)
    if (typeof solveSeconds !== 'number') return { failed: 'reported no solveSeconds' }
    return { loadSeconds: numberOf(loadSeconds), solveSeconds, quality: numberOf(quality) }
  } catch {
    return { failed: 'printed no line of JSON' }
  }
}

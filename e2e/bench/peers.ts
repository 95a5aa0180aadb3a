/**
 * The native programs beside Shoal, and one run of one of them.
 *
 * A peer is a command that is called with the path of a task (JSON), solves it, writes β where the
 * task says, and prints one line of JSON; peers/README.md is its manual.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConvexCase, QualityCase } from './case.ts'
import type { Exact, Measured } from './exact.ts'
import type { Exchange } from './exchange.ts'
import type { AppName } from './options.ts'
import type { Trajectory } from './quality.ts'

export interface Peer {
  readonly name: string
  /** Null: it does not tell. */
  readonly version?: string | null
  /** Program and its first arguments; the task's path follows. */
  readonly command: readonly string[]
  readonly apps: readonly AppName[]
  /** Where the search begins: what it is asked for first, in the terms of its own rule. */
  readonly tolerance: number
  /** Its rule is a duality gap, and a tolerance of 1 is the one that is asked for. */
  readonly certifies?: boolean
  /** Where the program is that the command drives. */
  readonly program?: string
}

export interface PeerRun {
  readonly loadSeconds: number | null
  readonly solveSeconds: number
  /** Of a convex case, by our own measure. */
  readonly measured: Measured | null
  /** Of another: what the peer has seen on the way; empty of a convex one. */
  readonly trajectory: Trajectory
}

type Report = Omit<PeerRun, 'measured'>

export type Failure = { readonly failed: string }

export interface PeerTask {
  readonly case: ConvexCase
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
  const { app, data, target } = asked
  const { n: rows, d: columns, lambda, gapTarget } = exact
  const problem =
    app === 'svm'
      ? { c: asked.c, standardize: false, intercept: false }
      : { lambda, standardize: asked.standardize, intercept: asked.intercept }
  const fields = { app, ...exchange, rows, columns, data, target, ...problem }
  const { program = null } = peer
  writeFileSync(betaPath, new Uint8Array(0))
  writeFileSync(
    taskPath,
    JSON.stringify({ ...fields, gapTarget, tolerance, beta: betaPath, program }),
  )
  const ran = await collect(peer.command, taskPath, timeoutSeconds)
  if ('failed' in ran) return ran
  const bytes = readFileSync(betaPath)
  if (bytes.byteLength !== 8 * exact.d) return { failed: 'wrote no β' }
  const beta = new Float64Array(new Uint8Array(bytes).buffer)
  return { ...ran, measured: exact.measure(beta) }
}

export interface QualityTask {
  readonly case: QualityCase
  /** The peer's own, for copies of the data in a form it reads; kept from run to run. */
  readonly folder: string
  readonly threads: number
  readonly timeoutSeconds: number
}

/** One run on a case without a certificate: the peer is told what Shoal is told. */
export async function runQualityPeer(peer: Peer, task: QualityTask): Promise<PeerRun | Failure> {
  const { app, set, quality, arguments: flags } = task.case
  const { folder, threads, timeoutSeconds } = task
  mkdirSync(folder, { recursive: true })
  const taskPath = join(folder, 'task.json')
  const { program = null } = peer
  const { field, better } = quality
  const fields = {
    app,
    set,
    flags,
    quality: field,
    better,
    folder,
    threads,
    timeoutSeconds,
    program,
  }
  writeFileSync(taskPath, JSON.stringify(fields))
  const ran = await collect(peer.command, taskPath, timeoutSeconds)
  if ('failed' in ran) return ran
  return ran.trajectory.length === 0
    ? { failed: 'reported no trajectory' }
    : { ...ran, measured: null }
}

/** Run the command; its last line is the report. */
function collect(
  [program, ...args]: readonly string[],
  taskPath: string,
  timeoutSeconds: number,
): Promise<Report | Failure> {
  return new Promise((resolve) => {
    // A group of its own, so that its end is also that of the programs it has started.
    const child = spawn(program!, [...args, taskPath], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const kill = (): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    }
    process.once('exit', kill)
    let [stdout, stderr, isLate] = ['', '', false]
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    const timer = setTimeout(() => {
      isLate = true
      kill()
    }, timeoutSeconds * 1000)
    child.on('error', (error) => {
      clearTimeout(timer)
      process.off('exit', kill)
      resolve({ failed: error.message })
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      process.off('exit', kill)
      if (isLate) resolve({ failed: `> ${timeoutSeconds} s` })
      else if (code === 0) resolve(reportOf(stdout))
      else resolve({ failed: lastLine(stderr) || `exit ${code}` })
    })
  })
}

/** What a program says at its end is usually why. */
export const lastLine = (text: string): string => text.trim().split('\n').at(-1)!.slice(0, 120)

function reportOf(stdout: string): Report | Failure {
  try {
    const report = JSON.parse(stdout.trim().split('\n').at(-1)!)
    const { loadSeconds, solveSeconds, trajectory = [] } = report
    if (typeof solveSeconds !== 'number') return { failed: 'reported no solveSeconds' }
    if (!isTrajectory(trajectory))
      return { failed: 'its trajectory is not [[seconds, quality], …]' }
    const isTold = typeof loadSeconds === 'number'
    return { loadSeconds: isTold ? loadSeconds : null, solveSeconds, trajectory }
  } catch {
    return { failed: 'printed no line of JSON' }
  }
}

function isTrajectory(value: unknown): value is Trajectory {
  const isPoint = (point: unknown): boolean =>
    Array.isArray(point) && point.length === 2 && point.every(Number.isFinite)
  return Array.isArray(value) && value.every(isPoint)
}

/** The built command line as a child process: how checks, benches and specs use Shoal. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const program = fileURLToPath(new URL('../dist/server/cli.js', import.meta.url))

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

/** To end a job, a server and a browser in order. */
const GRACE_MS = 30_000

export interface RunOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** Show its progress as it comes. */
  loud?: boolean
  timeoutMs?: number
  /** Called with the number of the process as soon as there is one. */
  onStart?: (pid: number) => void
}

export function shoal(
  args: readonly string[],
  { cwd, env = process.env, loud = false, timeoutMs = 600_000, onStart }: RunOptions = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', loud ? 'inherit' : 'pipe'],
    })
    if (child.pid !== undefined) onStart?.(child.pid)
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    // SIGTERM lets the command take its server and browser with it.
    const stop = (): boolean => child.kill('SIGTERM')
    // One that hangs is killed: server and browser notice by themselves when it has gone.
    const timers = [
      setTimeout(stop, timeoutMs),
      setTimeout(() => child.kill('SIGKILL'), timeoutMs + GRACE_MS),
    ]
    process.once('exit', stop)
    child.on('error', reject)
    child.on('close', (code) => {
      for (const timer of timers) clearTimeout(timer)
      process.off('exit', stop)
      resolve({ code, stdout, stderr })
    })
  })
}

/** The object that a command prints with --json on the last line of stdout. */
export function lastJson({ stdout }: Ran): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>
}

/** The fields of `shoal run --json` that checks and benches read. */
export interface RunReport {
  objective: number
  /** Of an app that calls its objective so. */
  primal?: number
  gap: number
  lambda: number
  lambdaMax: number
  nnz: number
  seconds: number
  ingestSeconds: number
  startSeconds: number
  solveSeconds: number
  /** Of that, until the engine had read the data. */
  openSeconds: number
  leases: number
  deltas: number
  refused: number
  updates: number
  volunteers: number
  bytesDown: number
  bytesUp: number
  serverRssBytesMax: number | null
  serverCpuSeconds: number | null
  computeMs: number
  elapsedMs: number
  heldMs: number
  engineMs: number
  checkMs: number
}

/** The object of `shoal … --json`; throws with what it said when it fails. */
export async function answer(
  args: readonly string[],
  options?: RunOptions,
): Promise<Record<string, unknown>> {
  const ran = await shoal([...args, '--json'], options)
  if (ran.code !== 0)
    throw new Error(`shoal ${args.join(' ')} ended with ${ran.code}\n${ran.stderr}`)
  return lastJson(ran)
}

/** The same of `shoal run …`. */
export async function runJob(args: readonly string[], options?: RunOptions): Promise<RunReport> {
  return (await answer(['run', ...args], options)) as unknown as RunReport
}

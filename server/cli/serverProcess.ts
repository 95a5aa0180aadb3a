/** A server of our own: the same command line in a child process, ended with its parent. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { UserError } from '../../shared/errors.ts'
import { OwnerApi } from './api.ts'

export interface ServerOptions {
  dataDir: string
  port: number
  host: string
}

/** What `shoal serve --json` prints when it is ready. */
interface Ready {
  urls: string[]
  dashboardUrls: string[]
  token: string
}

const closeMsMax = 10_000

export class ServerProcess {
  readonly url: string
  readonly dashboardUrl: string
  readonly api: OwnerApi
  /** Settles when the process has ended, by itself or not. */
  readonly ended: Promise<void>
  readonly #child: ChildProcess
  #rssBytesMax = 0

  constructor(child: ChildProcess, ended: Promise<void>, ready: Ready) {
    this.#child = child
    this.ended = ended
    this.url = new URL(ready.urls[0]!).origin
    // A fragment stays in the browser; the page takes it as the log-in and removes it.
    this.dashboardUrl = `${ready.dashboardUrls[0]}#token=${ready.token}`
    this.api = new OwnerApi(this.url, ready.token)
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** The most memory the process has held so far; null where the system does not tell. */
  rssBytesMax(): number | null {
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
      this.#rssBytesMax = 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0)
    } catch {
      // Not Linux, or the process has ended: what was seen last is what there is.
    }
    return this.#rssBytesMax || null
  }

  /** Processor time the process has used, seconds; null where the system does not tell. */
  cpuSeconds(): number | null {
    try {
      const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
      // Fields 14 and 15, counted behind the name in brackets, in hundredths of a second.
      const [user, system] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13)
      return (Number(user) + Number(system)) / 100
    } catch {
      return null // not Linux, or the process has ended
    }
  }

  async close(): Promise<void> {
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), closeMsMax)
    await this.ended
    clearTimeout(timer)
  }
}

/** The built command line: this file is bundled next to it. */
const program = fileURLToPath(new URL('./cli.js', import.meta.url))

/**
 * Start `shoal serve` and wait until it is ready. It is detached, so that Ctrl-C reaches only us
 * and the job ends before its server does. The channel between the processes carries nothing; its
 * end tells the child that the parent has gone, however it went.
 */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { dataDir, port, host } = options
  const args = ['serve', '--json', '--data-dir', dataDir, '--port', String(port), '--host', host]
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    detached: true,
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const firstLine = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout! }).once('line', resolve)
  })
  const line = await Promise.race([firstLine, ended])
  if (line === undefined)
    throw new UserError('The server could not start; its reason stands above.')
  return new ServerProcess(child, ended, JSON.parse(line) as Ready)
}

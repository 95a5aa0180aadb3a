/**
 * One server per data directory.
 *
 * The lock is a local socket that the server listens on, named after the directory: the system
 * closes it with the process, also after kill -9, where a file with a process id would lie: ids are
 * used again, in a container even the same one. A socket file nobody answers on is stale.
 */
import { createHash } from 'node:crypto'
import { readFileSync, realpathSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../../shared/errors.ts'

/** Resolves to how to unlock. @throws UserError when another server has the directory. */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  const path = socketPath(dataDir)
  const server = (await tryListen(path)) ?? (await replaceStale(path))
  if (server) return () => new Promise((resolve) => server.close(() => resolve()))
  throw new UserError(
    `Another server ${describe(dataDir)} has the data directory ${dataDir}; stop it, or choose another with --data-dir.`,
  )
}

/** Exported for the specs, which leave one behind. */
export function socketPath(dataDir: string): string {
  const name = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 24)
  // Socket paths hold about 100 characters, a data directory's path may be longer.
  return process.platform === 'win32'
    ? `\\\\.\\pipe\\shoal-${name}`
    : join(tmpdir(), `shoal-${name}.sock`)
}

/** Null when the path is taken. */
function tryListen(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null)
      else reject(error)
    })
    server.listen(path, () => {
      server.unref()
      resolve(server)
    })
  })
}

async function replaceStale(path: string): Promise<Server | null> {
  if (await isAnswered(path)) return null
  rmSync(path, { force: true })
  return tryListen(path)
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** What the other one has written about itself, for people. */
function describe(dataDir: string): string {
  try {
    const { pid, url } = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8'))
    return `(process ${pid}, ${url})`
  } catch {
    // It is still starting; that it holds the lock is all there is to say.
    return '(just starting)'
  }
}

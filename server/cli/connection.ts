/**
 * Where the server is and how to talk to it as its owner. In this order: --url and --token, the
 * environment (SHOAL_URL, SHOAL_TOKEN), the files a server leaves in its data directory.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { UserError } from '../../shared/errors.ts'
import { OwnerApi } from './api.ts'

export interface ConnectionOptions {
  url?: string
  token?: string
  dataDir: string
}

export const defaultDataDir = '.shoal'

export function addDataDirOption(command: Command): Command {
  return command.option('--data-dir <dir>', 'where the server keeps everything', defaultDataDir)
}

export function addConnectionOptions(command: Command): Command {
  return addDataDirOption(command)
    .option('--url <url>', 'the server (default: SHOAL_URL, or the one of the data directory)')
    .option('--token <token>', 'its owner token (default: SHOAL_TOKEN, or the data directory’s)')
}

export function connect(options: ConnectionOptions, env = process.env): OwnerApi {
  const url = parseUrl(options.url ?? env.SHOAL_URL ?? urlOf(options.dataDir))
  const token = options.token ?? env.SHOAL_TOKEN ?? tokenOf(options.dataDir)
  return new OwnerApi(url, token)
}

/** Whether flags or the environment name a server, which may be on another machine. */
export const isServerNamed = (options: { url?: string }, env = process.env): boolean =>
  (options.url ?? env.SHOAL_URL) !== undefined

/** @throws UserError unless it is an http(s) URL; answers it without a path or fragment. */
export function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin
  throw new UserError(`${text} is not a server's address; expected one like http://127.0.0.1:7070.`)
}

function urlOf(dataDir: string): string {
  const path = join(dataDir, 'server.json')
  const text = readIfThere(path)
  if (text === null)
    throw new UserError(
      `No server has written ${path}; start one with \`shoal serve\`, or name one with --url and --token.`,
    )
  try {
    const { url } = JSON.parse(text) as { url?: unknown }
    if (typeof url === 'string') return url
  } catch {
    // Told below, like a file without the field.
  }
  throw new UserError(`${path} is damaged; start the server again, or name it with --url.`)
}

function tokenOf(dataDir: string): string {
  const path = join(dataDir, 'owner-token')
  const token = readIfThere(path)?.trim()
  if (token) return token
  throw new UserError(`There is no owner token in ${path}; give it with --token or SHOAL_TOKEN.`)
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`)
  }
}

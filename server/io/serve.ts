/**
 * One server: store, jobs, gateway, sockets, pages and API wired together, and taken apart again.
 *
 * Nothing here decides anything. The order matters twice: at the start the lock comes before the
 * store and active jobs resume before the port opens; at the end the engines write what is left
 * while their volunteers are still connected, and the store closes last.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import type { AnyApp } from '../../shared/app.ts'
import { apps as registered } from '../../shared/apps/registry.ts'
import { UserError } from '../../shared/errors.ts'
import type { FleetView } from '../../shared/protocol.ts'
import { serverUrls } from './addresses.ts'
import { makeDataDir } from './dataDir.ts'
import { inlineEngines, workerEngines } from './engine/engineHost.ts'
import { inlineIngest, workerIngest } from './ingest/ingestHost.ts'
import { lockDataDir } from './instanceLock.ts'
import { Jobs } from './jobs.ts'
import { createLog } from './log.ts'
import { openStore } from './store/lmdbStore.ts'
import { Gateway } from './volunteers/gateway.ts'
import { acceptVolunteers, broadcastCards, createSocketServer } from './volunteers/sockets.ts'
import { ownerToken, tokenCheck } from './web/auth.ts'
import { createHttp, setUpHttp } from './web/http.ts'
import { createMetrics } from './web/metrics.ts'
import { openOwnerSocket } from './web/ownerSocket.ts'
import { Shards } from './web/shards.ts'
import { Uploads, uploadBytesMax } from './web/uploads.ts'

export interface ServeOptions {
  /** 0: any free one. */
  port: number
  host: string
  dataDir: string
  /** Paths of PEM files, both or neither. */
  tlsCert?: string
  tlsKey?: string
  /** The built pages; by default those beside the built server. */
  clientDir?: string
  /** Tests bring their own, and run engines in this thread, which needs no build. */
  apps?: Readonly<Record<string, AnyApp>>
  inline?: boolean
}

export interface Running {
  port: number
  urls: string[]
  dashboardUrls: string[]
  token: string
  tokenPath: string
  close(): Promise<void>
}

const VOLUNTEERS_MAX = 20_000
/** An ingest that still runs has stored its blobs lately; what is older was left by a crash. */
const ORPHAN_MS = 3_600_000

export async function serve(options: ServeOptions): Promise<Running> {
  const dataDir = resolve(options.dataDir)
  const tls = readTls(options)
  makeDataDir(dataDir)
  const undo: (() => unknown)[] = []
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    undo.push(await lockDataDir(dataDir))
    return await start({ ...options, dataDir }, tls, undo, close)
  } catch (error) {
    await close()
    throw error
  }
}

/** Everything that is opened leaves in `undo` how to close it. */
async function start(
  { port, host, dataDir, clientDir, apps = registered, inline = false }: ServeOptions,
  tls: { cert: Buffer; key: Buffer } | null,
  undo: (() => unknown)[],
  close: () => Promise<void>,
): Promise<Running> {
  const log = createLog()
  const { token, path: tokenPath } = ownerToken(dataDir)
  const isOwner = tokenCheck(token)
  const store = openStore(dataDir)
  undo.push(() => store.close())
  await store.sweep(ORPHAN_MS)
  const uploads = new Uploads(dataDir, uploadBytesMax())
  undo.push(() => uploads.close())

  const app = createHttp({ log, tls })
  undo.push(() => app.close())
  const io = createSocketServer(app.server)
  undo.push(() => io.close())
  const engines = inline ? inlineEngines(store, apps) : workerEngines(dataDir)
  undo.push(() => engines.close())
  const jobs = new Jobs({ store, apps, engines, log })
  const broadcast = (cards: Parameters<typeof broadcastCards>[1]) => broadcastCards(io, cards)
  const nowMs = () => performance.now()
  const gateway = new Gateway({
    store,
    jobs,
    apps,
    log,
    nowMs,
    broadcast,
    volunteersMax: VOLUNTEERS_MAX,
  })
  undo.push(() => gateway.close())
  const shards = new Shards({ store, onServed: (hash, bytes) => gateway.served(hash, bytes) })
  const shardBytesServed = () => shards.bytesServed
  const fleet = (): FleetView => ({ ...gateway.table(), shardBytesServed: shardBytesServed() })
  const metrics = createMetrics({ jobs, volunteers: () => gateway.states(), shardBytesServed })
  undo.push(openOwnerSocket({ io, jobs, apps, isOwner, fleet }))
  const ingestHost = inline ? inlineIngest(store) : workerIngest(dataDir, store)
  undo.push(() => Promise.all([jobs.close(), ingestHost.close()]))

  let urls: string[] = []
  const dashboards = () => urls.map((url) => `${url}/dashboard`)
  await setUpHttp(app, {
    ...{ log, tls, isOwner, shards, metrics, store, jobs, apps, uploads, fleet },
    clientDir: clientDir ?? fileURLToPath(new URL('../client', import.meta.url)),
    ingestHost,
    urls: () => ({ volunteer: urls, dashboard: dashboards(), secure: tls !== null }),
    onDatasets: () => shards.refresh(),
  })
  acceptVolunteers(io, gateway, log)
  jobs.resumeAll()
  const bound = await listen(app, port, host)
  urls = serverUrls(host, bound, tls !== null)
  const infoPath = join(dataDir, 'server.json')
  writeFileSync(infoPath, `${JSON.stringify({ url: urls[0], pid: process.pid })}\n`)
  undo.push(() => rmSync(infoPath, { force: true }))
  return { port: bound, urls, dashboardUrls: dashboards(), token, tokenPath, close }
}

async function listen(app: FastifyInstance, port: number, host: string): Promise<number> {
  try {
    await app.listen({ port, host })
  } catch (error) {
    throw listenFault(error as NodeJS.ErrnoException, port, host)
  }
  return (app.server.address() as AddressInfo).port
}

function listenFault(error: NodeJS.ErrnoException, port: number, host: string): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new UserError(
        `Port ${port} is in use; stop what uses it, or choose another with --port.`,
      )
    case 'EACCES':
      return new UserError(`Port ${port} needs privileges; choose one above 1023 with --port.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UserError(
        `This computer has no address ${host}; use --host 127.0.0.1 or --host 0.0.0.0.`,
      )
    default:
      return error
  }
}

function readTls({ tlsCert, tlsKey }: ServeOptions): { cert: Buffer; key: Buffer } | null {
  if (tlsCert === undefined && tlsKey === undefined) return null
  if (tlsCert === undefined || tlsKey === undefined)
    throw new UserError('HTTPS needs both --tls-cert and --tls-key; give the other one too.')
  const read = (flag: string, path: string): Buffer => {
    try {
      return readFileSync(path)
    } catch (error) {
      throw new UserError(`${flag}: ${path} cannot be read (${(error as Error).message}).`)
    }
  }
  const tls = { cert: read('--tls-cert', tlsCert), key: read('--tls-key', tlsKey) }
  try {
    createSecureContext(tls)
  } catch (error) {
    throw new UserError(
      `${tlsCert} and ${tlsKey} are not a certificate and its key in PEM (${(error as Error).message}); check --tls-cert and --tls-key.`,
    )
  }
  return tls
}

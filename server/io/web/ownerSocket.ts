/** The owner's live view, namespace /owner: what changed, at most four times a second. */
import type { DefaultEventsMap, Namespace } from 'socket.io'
import type { AnyApp } from '../../../shared/app.ts'
import type { FleetView, OwnerToClient, RunLine } from '../../../shared/protocol.ts'
import type { Jobs } from '../jobs.ts'
import type { JobRecord } from '../store/store.ts'
import type { SocketServer } from '../volunteers/sockets.ts'
import { jobView } from './views.ts'

export interface OwnerSocketOptions {
  io: SocketServer
  jobs: Jobs
  apps: Readonly<Record<string, AnyApp>>
  isOwner: (token: unknown) => boolean
  fleet: () => FleetView
}

const SEND_MS = 250
/** Every second time: the fleet's table is the largest message and the slowest to change. */
const FLEET_EVERY = 2

/** Returns how to stop. */
export function openOwnerSocket({
  io,
  jobs,
  apps,
  isOwner,
  fleet,
}: OwnerSocketOptions): () => void {
  // The types of io are those of the default namespace, where volunteers are.
  const owners = io.of('/owner') as unknown as Namespace<DefaultEventsMap, OwnerToClient>
  const records = new Map<string, JobRecord>()
  const lines = new Map<string, RunLine[]>()
  let fleetText = ''
  let turn = 0

  owners.use((socket, next) => {
    if (isOwner(socket.handshake.auth.token)) next()
    else next(new Error('The owner token is not right.'))
  })
  owners.on('connection', (socket) => {
    for (const record of jobs.records()) socket.emit('job', jobView(record, apps))
    socket.emit('fleet', fleet())
  })
  jobs.on('record', (record) => {
    if (owners.sockets.size > 0) records.set(record.id, record)
  })
  jobs.on('lines', (job, more) => {
    if (owners.sockets.size > 0) lines.set(job, [...(lines.get(job) ?? []), ...more])
  })

  const timer = setInterval(() => {
    for (const record of records.values()) owners.emit('job', jobView(record, apps))
    for (const [job, newLines] of lines) owners.emit('run', { job, lines: newLines })
    records.clear()
    lines.clear()
    if (owners.sockets.size === 0 || turn++ % FLEET_EVERY !== 0) return
    const view = fleet()
    const text = JSON.stringify(view)
    if (text === fleetText) return
    fleetText = text
    owners.emit('fleet', view)
  }, SEND_MS)
  return () => clearInterval(timer)
}

/**
 * What the server last said: datasets, jobs, fleet, addresses, and whether the line is open.
 *
 * Jobs and fleet arrive over the socket as they change. Datasets change only by an upload or a
 * deletion, so they are asked for; every reconnect asks again, because another owner's page or the
 * command line may have changed them meanwhile.
 */
import { computed, signal } from '@preact/signals'
import { io, type Socket } from 'socket.io-client'
import type { AppView } from '../../../shared/app.ts'
import type { DatasetKind } from '../../../shared/dataset.ts'
import type {
  DatasetView,
  FleetView,
  JobView,
  OwnerToClient,
  RunLine,
} from '../../../shared/protocol.ts'
import { get, post, request } from './api.ts'
import { token } from './session.ts'
import { attempt } from './toasts.ts'

/** `connecting`: never yet; `live`; `lost`: was live, trying again. */
export type Line = 'connecting' | 'live' | 'lost'

export interface Urls {
  volunteer: string[]
  dashboard: string[]
  secure: boolean
}

export const line = signal<Line>('connecting')
/** When the line was lost: the age of everything on the page. */
export const lostMs = signal<number | null>(null)
/** Null until the server has answered: "none" and "not yet known" look different. */
export const datasets = signal<readonly DatasetView[] | null>(null)
export const fleet = signal<FleetView | null>(null)
export const urls = signal<Urls | null>(null)
export const apps = signal<readonly AppView[] | null>(null)
const jobsById = signal<ReadonlyMap<string, JobView> | null>(null)

/** Newest first; null until known. */
export const jobs = computed<readonly JobView[] | null>(() =>
  jobsById.value === null
    ? null
    : [...jobsById.value.values()].sort((a, b) => b.createdMs - a.createdMs),
)

/** What kind of data a job computes on: its app knows. */
export const kindOf = (job: Pick<JobView, 'app'>): DatasetKind =>
  apps.value?.find(({ name }) => name === job.app)?.dataset ?? 'matrix'

export const findJob = (id: string): JobView | undefined => jobsById.value?.get(id)

type RunListener = (job: string, lines: readonly RunLine[]) => void

const runListeners = new Set<RunListener>()

/** Live run lines of every job. @returns stop */
export function onRun(listener: RunListener): () => void {
  runListeners.add(listener)
  return () => runListeners.delete(listener)
}

/** Jobs heard of since the last refresh began: the list it brings may be older than these. */
const heardSince = new Set<string>()

function putJob(job: JobView): void {
  heardSince.add(job.id)
  jobsById.value = new Map(jobsById.value ?? []).set(job.id, job)
}

/** Open the line with the token at hand; close it with the function returned. */
export function connect(): () => void {
  const socket: Socket<OwnerToClient> = io('/owner', {
    auth: { token: token.value ?? '' },
    transports: ['websocket', 'polling'],
    reconnectionDelayMax: 4000,
  })
  let retry: ReturnType<typeof setTimeout> | undefined
  socket.on('connect', () => {
    line.value = 'live'
    lostMs.value = null
    void refresh()
  })
  socket.on('disconnect', (reason) => {
    line.value = 'lost'
    lostMs.value = Date.now()
    // socket.io does not come back by itself after the server has closed the namespace.
    if (reason === 'io server disconnect') retry = setTimeout(() => socket.connect(), 1000)
  })
  socket.on('connect_error', () => {
    if (line.value === 'connecting' && lostMs.value === null) lostMs.value = Date.now()
    if (line.value !== 'live') line.value = 'lost'
    // Refused by the server rather than unreachable: ask over HTTP why, which ends the session when
    // it is the token, and try again in case it is not.
    if (socket.active) return
    void attempt(async () => void (await get('/fleet')))
    retry = setTimeout(() => socket.connect(), 4000)
  })
  socket.on('job', putJob)
  socket.on('fleet', (view) => {
    fleet.value = view
  })
  socket.on('run', ({ job, lines }) => {
    for (const listener of runListeners) listener(job, lines)
  })
  return () => {
    clearTimeout(retry)
    socket.disconnect()
    line.value = 'connecting'
    lostMs.value = null
    jobsById.value = fleet.value = datasets.value = urls.value = apps.value = null
  }
}

/** Ask for everything once; what has gone from the server goes from here. */
async function refresh(): Promise<void> {
  heardSince.clear()
  await attempt(async () => {
    const [jobList, fleetView] = await Promise.all([
      get<JobView[]>('/jobs'),
      get<FleetView>('/fleet'),
      refreshDatasets(),
      get<Urls>('/urls').then((answer) => {
        urls.value = answer
      }),
      get<AppView[]>('/apps').then((answer) => {
        apps.value = answer
      }),
    ])
    const known = jobsById.value
    jobsById.value = new Map(
      jobList.map((job) => [job.id, (heardSince.has(job.id) && known?.get(job.id)) || job]),
    )
    fleet.value = fleetView
  })
}

export async function refreshDatasets(): Promise<void> {
  datasets.value = await get<DatasetView[]>('/datasets')
}

export async function deleteDataset(id: string): Promise<void> {
  await request('DELETE', `/datasets/${encodeURIComponent(id)}`)
  await refreshDatasets()
}

export async function submitJob(submit: unknown): Promise<JobView> {
  const job = await post<JobView>('/jobs', submit)
  putJob(job)
  return job
}

export async function steerJob(id: string, verb: 'pause' | 'resume' | 'cancel'): Promise<void> {
  putJob(await post<JobView>(`/jobs/${encodeURIComponent(id)}/${verb}`))
}

/** /metrics for Prometheus: the process, the fleet, and every active job. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { JobCounters, VolunteerView } from '../../../shared/protocol.ts'
import type { Jobs } from '../jobs.ts'

export interface MetricsSources {
  jobs: Jobs
  volunteers: () => Record<VolunteerView['state'], number>
  shardBytesServed: () => number
}

export interface Metrics {
  contentType: string
  text(): Promise<string>
}

const COUNTERS = [
  ['leases', 'leases', 'Leases granted'],
  ['deltas', 'deltas', 'Deltas committed'],
  ['refused', 'refused', 'Deltas refused'],
  ['expired', 'expired', 'Leases that expired'],
  ['updates', 'updates', 'Variables updated by committed deltas'],
  ['compute_milliseconds', 'computeMs', 'Kernel time of committed deltas'],
  ['down_bytes', 'bytesDown', 'Bytes sent to volunteers for the job'],
  ['up_bytes', 'bytesUp', 'Bytes received from volunteers for the job'],
] as const satisfies readonly [string, keyof JobCounters, string][]

export function createMetrics({ jobs, volunteers, shardBytesServed }: MetricsSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  for (const [name, field, help] of COUNTERS)
    new Gauge({
      ...{ name: `shoal_job_${name}`, help: `${help}, since submission`, registers },
      labelNames: ['job', 'app'],
      collect() {
        this.reset()
        for (const { id, app, counters } of jobs.activeRecords())
          this.set({ job: id, app }, counters[field] ?? 0)
      },
    })
  new Gauge({
    ...{ name: 'shoal_volunteers', help: 'Volunteers by state', registers },
    labelNames: ['state'],
    collect() {
      for (const [state, count] of Object.entries(volunteers())) this.set({ state }, count)
    },
  })
  new Gauge({
    ...{ name: 'shoal_shard_bytes_served', help: 'Shard bytes served since the start', registers },
    collect() {
      this.set(shardBytesServed())
    },
  })
  return { contentType: registry.contentType, text: () => registry.metrics() }
}

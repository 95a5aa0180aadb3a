/** Whoever writes an app is told once what goes wrong in tabs; strangers cannot fill the log. */
import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import type { Jobs } from '../jobs.ts'
import type { Log } from '../log.ts'
import { Complaints } from './complaints.ts'

function listen() {
  const jobs = new EventEmitter() as unknown as Jobs
  const heard: [level: string, reason: string][] = []
  const level = (name: string) => (fields: { reason: string }) =>
    void heard.push([name, fields.reason])
  const log = { warn: level('warn'), debug: level('debug') } as unknown as Log
  return { heard, jobs, complaints: new Complaints({ jobs, log }) }
}

const lease = { volunteer: 'ada', lease: 7, detail: 'boom' }

test('the first failure of a kernel in a job is a warning, later ones are details', () => {
  const { heard, complaints } = listen()
  for (const job of ['a', 'a', 'b'])
    complaints.hear(job, 'a lease was given back', { ...lease, reason: 'kernel-error' })
  complaints.hear('a', 'a lease was given back', { ...lease, reason: 'shard-unavailable' })
  expect(heard.map(([level]) => level)).toEqual(['warn', 'debug', 'warn', 'warn'])
})

test('tabs that stop, and leases of jobs that are over, are details', () => {
  const { heard, complaints } = listen()
  complaints.hear('a', 'a lease was given back', { ...lease, reason: 'stopped' })
  complaints.hear(undefined, 'a lease was given back', { ...lease, reason: 'kernel-error' })
  expect(heard).toEqual([
    ['debug', 'stopped'],
    ['debug', 'kernel-error'],
  ])
})

test('what an engine refuses is a warning, once for each reason', () => {
  const { heard, jobs } = listen()
  const refused = (reason: string) =>
    jobs.emit('engine', 'a', { ...lease, type: 'refused', reason } as never)
  for (const reason of ['wrong-values', 'wrong-values', 'expired', 'wrong-shape']) refused(reason)
  expect(heard).toEqual([
    ['warn', 'wrong-values'],
    ['debug', 'wrong-values'],
    ['debug', 'expired'],
    ['warn', 'wrong-shape'],
  ])
})

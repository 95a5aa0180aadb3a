/** Jobs against engines that are played: what a shutdown waits for, and what a command is told then. */
import { expect, test } from 'vitest'
import { oneEngine } from './testdata/oneEngine.ts'

/** Whether a promise has settled by the time that others have had their turn. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const note = (): void => {
    settled = true
  }
  promise.then(note, note)
  await new Promise((resolve) => setImmediate(resolve))
  return settled
}

test('closing waits for the engine of a job that has just ended', async () => {
  const { jobs, say, leave, record } = await oneEngine()
  say({ type: 'record', record: { ...record, status: 'finished' } })
  expect(jobs.activeRecords()).toEqual([])
  const closing = jobs.close()
  expect(await isSettled(closing)).toBe(false)
  leave()
  await closing
})

test('closing waits for an engine that has crashed, and its job keeps the reason', async () => {
  const { store, jobs, say, leave, record } = await oneEngine()
  const fault = { error: 'The disk is full.', mistake: true, stack: '' }
  say({ type: 'crashed', ...fault })
  const closing = jobs.close()
  expect(await isSettled(closing)).toBe(false)
  leave()
  await closing
  expect(store.job(record.id)).toMatchObject({ status: 'failed', error: fault.error })
})

test('a command that a shutdown overtakes is refused at once', async () => {
  const { jobs, say, leave, record } = await oneEngine()
  const pausing = jobs.command(record.id, 'pause')
  const closing = jobs.close()
  say({ type: 'stopped' })
  await expect(pausing).rejects.toThrow(/shutting down; pause job/)
  await expect(jobs.submit({ app: 'counting', dataset: 'demo', spec: {} })).rejects.toThrow(
    /shutting down; submit again/,
  )
  leave()
  await closing
})

test('a job whose end was heard while closing keeps it', async () => {
  const { jobs, say, leave, record } = await oneEngine()
  const ended: string[] = []
  jobs.on('stopped', (job) => ended.push(job))
  const closing = jobs.close()
  say({ type: 'record', record: { ...record, status: 'finished' } })
  say({ type: 'stopped' })
  leave()
  await closing
  expect(ended).toEqual([record.id])
})

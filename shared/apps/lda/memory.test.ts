/** Leases that count on what tabs remember are, once recalled, what the server would have sent in full. */
import { describe, expect, it } from 'vitest'
import type { Block } from '../../app.ts'
import { seededRandom } from '../../random.ts'
import type { Arrays } from '../../wire.ts'
import type { Recalled } from '../kernel.ts'
import { lda } from './app.ts'
import { type Memo, wholeLease } from './leases.ts'
import { GROUPS, openMemory } from './memory.ts'
import { sampleCell } from './push.ts'
import type { LdaState } from './state.ts'
import { corpusOf, generatedTexts } from './testData.ts'

const TOPICS = 12
const shape = { documents: 120, words: 90, topics: 6, length: 40 }
const dataset = corpusOf(generatedTexts(shape, seededRandom(3)), shape.words, 25)

const open = (sweeps: number, blocks = 5): LdaState =>
  lda.open(
    lda.spec.parse({ topics: TOPICS, sweeps, schedule: { parts: 6, blocks, audit: 0.5 } }),
    dataset,
    seededRandom(5),
  )

const bytesOf = (arrays: Arrays): number =>
  Object.values(arrays).reduce((sum, { byteLength }) => sum + byteLength, 0)

interface Flight {
  readonly block: Block
  readonly recalled: Recalled
}

/** Tabs that take turns; every lease is compared with the one in full. Returns bytes sent, and in full. */
function run(state: LdaState, tabs: number, loss: number) {
  const random = seededRandom(9)
  const memories = Array.from({ length: tabs }, openMemory)
  const flights: Flight[] = []
  const late: Flight[] = []
  const sent = { bytes: 0, whole: 0 }
  while (!lda.finished(state)) {
    const tab = random.below(tabs)
    const offer = { workPerMs: 1e6, rttMs: 1, holds: () => true, slots: 3, memory: `tab ${tab}` }
    const block = flights.length < 3 ? lda.schedule(state, offer) : { idle: 'waiting' }
    if (!('idle' in block)) {
      const recalled = memories[tab]!.recall(block.arrays)
      compare(state, block, recalled.lease)
      flights.push({ block, recalled })
      sent.bytes += bytesOf(block.arrays)
      sent.whole += bytesOf(recalled.lease)
    }
    const at = random.below(3)
    const flight = flights[at]
    if (!flight) continue
    flights.splice(at, 1)
    if (random.next() < loss) {
      lda.release(state, flight.block)
      late.push(flight)
    } else settle(state, flight)
    // An answer that comes too late has been taken note of all the same.
    if (late.length > 2) compute(late.shift()!)
  }
  return sent
}

function compare(state: LdaState, block: Block, recalled: Arrays): void {
  const { cell } = block.memo as Memo
  const want = wholeLease(state, cell, block.arrays, true)
  for (const name of [...GROUPS.flat(), 'totals', 'alpha', 'seed', 'scalars'] as const)
    expect(recalled[name], name).toEqual(want[name])
}

function compute({ block, recalled }: Flight): Arrays {
  const shards = block.shards.map((k) => dataset.shard(k))
  const all = sampleCell(recalled.lease, shards)
  recalled.keep(all)
  return Object.fromEntries(recalled.sent!.map((name) => [name, all[name]!]))
}

function settle(state: LdaState, flight: Flight): void {
  const delta = compute(flight)
  expect(Object.keys(delta)).toEqual(['changed', 'topic'])
  expect(lda.check(state, flight.block, delta)).toBeNull()
  lda.pull(state, flight.block, delta)
  while (lda.advance(state));
}

describe('the memory of a tab', () => {
  it('of one that does all the work is sent everything once', () => {
    const { bytes, whole } = run(open(12), 1, 0)
    expect(bytes).toBeLessThan(0.35 * whole)
  })

  it.each([1, 2, 3])('of %i tabs agrees with the server, whatever is lost or late', (tabs) => {
    run(open(6), tabs, 0.2)
  })

  it('refuses a lease that counts on what is not there', () => {
    const state = open(2)
    const offer = { workPerMs: 1e6, rttMs: 1, holds: () => true, slots: 1, memory: 'tab' }
    const block = lda.schedule(state, offer) as Block
    settle(state, { block, recalled: openMemory().recall(block.arrays) })
    const next = lda.schedule(state, offer) as Block
    expect([...next.arrays.place!].slice(4)).toContain(1)
    expect(() => openMemory().recall(next.arrays)).toThrow(/is not here/)
  })
})

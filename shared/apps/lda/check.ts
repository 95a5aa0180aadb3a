/**
 * check: could an honest tab have sent this delta? Its form always; its content now and then.
 *
 * The form leaves little to lie about. A bit says whether a token has changed, so no token can be
 * named twice or out of range, and counts are the server's own, recomputed from z: whatever a tab
 * says, they are conserved. What remains is to send other topics than the sampler drew.
 *
 * The sampler is deterministic given the lease, so an audit is a replay that must agree bit for bit, by
 * the tabs' own kernel where the host has it (Dataset.push): some 100 ns a token instead of 980 by the
 * reference, which was a quarter of all that the engine did.
 * The law of design.md §5 is per volunteer (always until ten in a row were valid, then 1/n), and an
 * app does not know volunteers; so a share of all leases is audited, drawn in secret (spec
 * `schedule.audit`, 5 %). A liar is caught after 20 leases on average and, three strikes later,
 * quarantined.
 */
import type { Block } from '../../app.ts'
import { openTrustedShard } from '../../shard.ts'
import type { Arrays } from '../../wire.ts'
import { readTopic, topicBytes } from './buffers.ts'
import { changedPlaces } from './cell.ts'
import { type Memo, wholeLease } from './leases.ts'
import { push } from './push.ts'
import { type LdaState, roomFor } from './state.ts'

export function checkDelta(state: LdaState, block: Block, delta: Arrays): string | null {
  const fault = faultOfForm(state, block, delta)
  if (fault) return fault
  if (state.random.next() >= state.spec.schedule.audit) return null
  return audit(state, block, delta)
}

function faultOfForm(state: LdaState, block: Block, delta: Arrays): string | null {
  const memo = block.memo as Memo
  const { cell } = memo
  const { topics } = state.spec
  const bytes = topicBytes(topics)
  const { z } = state.model.byWord
  const changed = delta.changed as Uint8Array
  const topic = delta.topic as Uint8Array
  const size = (cell.tokens + 7) >> 3
  if (changed.length !== size) return `shape: changed has ${changed.length} bytes, expected ${size}`
  const changes = topic.length / bytes
  // Nobody else has touched the cell: its tokens have the topics that were leased.
  const places = Number.isInteger(changes)
    ? changedPlaces(cell, changed, roomFor(state, changes))
    : null
  if (!places)
    return `shape: topic has ${topic.length} bytes, which is not what the bits of changed say`
  for (let c = 0; c < changes; c++) {
    const k = bytes === 1 ? topic[c]! : readTopic(topic, c, bytes)
    if (k >= topics) return `change ${c} has topic ${k} of ${topics}`
    if (k === z[places[c]!]) return `a token has changed to the topic it had, ${k}`
  }
  memo.places = places
  return null
}

/** Views of so many shards are valid together (app.ts). */
const SHARDS_KEPT = 8

function audit(state: LdaState, block: Block, delta: Arrays): string | null {
  const { cell } = block.memo as Memo
  const { dataset } = state.corpus
  const isKept = block.shards.length <= SHARDS_KEPT
  const shards = block.shards.map((k) =>
    isKept ? dataset.shard(k) : openTrustedShard(dataset.shard(k).bytes.slice()),
  )
  const want = (dataset.push ?? push)(wholeLease(state, cell, block.arrays), shards)
  for (const name of ['changed', 'topic']) {
    const mine = want[name]!
    const theirs = delta[name]!
    if (mine.length !== theirs.length || !isSame(mine, theirs))
      return `audit: ${name} is not what the lease's seed draws`
  }
  return null
}

function isSame(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

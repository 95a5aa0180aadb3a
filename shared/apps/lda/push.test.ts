/** What the kernel refuses, and that it samples from the law it says. */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../random.ts'
import { openShard } from '../../shard.ts'
import { topicBytes } from './buffers.ts'
import { kernel } from './kernel.ts'
import { ldaProblems } from './problems.ts'
import { push } from './push.ts'

const problems = [...ldaProblems(seededRandom(4))]

describe('shape', () => {
  const { lease, shards } = problems.find(
    (p) => p.lease.z!.length > 50 && p.lease.alpha!.length === 17,
  )!
  const opened = shards.map(openShard)

  it('has room for what a push returns', () => {
    for (const problem of problems) {
      const views = problem.shards.map(openShard)
      const [changed, topic] = kernel.shape(problem.lease, views)
      const delta = push(problem.lease, views)
      expect(delta.changed!.length).toBe(changed)
      expect(delta.topic!.length).toBeLessThanOrEqual(topic!)
      expect(delta.topic!.length % topicBytes(problem.lease.alpha!.length)).toBe(0)
    }
  })

  it.each([
    ['alpha', new Float64Array(3), /"alpha" has length 3 instead of 17/],
    ['seed', new Uint32Array(2), /"seed" has length 2 instead of 4/],
    ['z', Uint8Array.of(17), /"z" has topic 17 of 17/],
    ['docTopics', lease.docTopics!.slice(1), /"docTopics" has length/],
    ['docCounts', lease.docCounts!.map(() => 0), /a pair whose count is 0/],
    ['slot', lease.slot!.map(() => 9), /is in slot 9 of 2/],
    ['column', lease.column!.map(() => 99), /is column 99 of/],
  ] as const)('refuses a wrong %s', (name, array, message) => {
    expect(() => kernel.shape({ ...lease, [name]: array }, opened)).toThrow(message)
  })

  it('refuses a z that is not the cell’s', () => {
    const z = lease.z!.slice(1)
    expect(() => push({ ...lease, z }, opened)).toThrow(/more tokens than the/)
    const longer = Uint8Array.of(...lease.z!, 1)
    expect(() => push({ ...lease, z: longer }, opened)).toThrow(/the cell has \d+ tokens, z has/)
  })
})

it('draws from p(z = k) ∝ (B + β)/(s + Vβ) · (D + α)', () => {
  // One document, one word, one token, and counts elsewhere: the law can be written down.
  const k = 5
  const { shards } = problems[0]!
  const shard = openShard(shards[0]!)
  const column = [...shard.starts.keys()].find((j) => shard.starts[j + 1]! > shard.starts[j]!)!
  const word = shard.rowIndex[shard.starts[column]!]!
  const tokens = shard.values[shard.starts[column]!]!
  const D = [tokens + 3, 1, 0, 0, 2]
  const B = [tokens, 6, 0, 3, 0]
  const s = [tokens + 40, 30, 20, 10, 25]
  const pairsOf = (row: number[]) => row.flatMap((n, i) => (n > 0 ? [[i, n] as const] : []))
  const alpha = [0.5, 0.1, 0.3, 0.2, 0.4]
  const [beta, words] = [0.2, 50]
  const times = new Float64Array(k)
  const rounds = 20_000
  const random = seededRandom(8)
  for (let round = 0; round < rounds; round++) {
    const delta = push(
      {
        scalars: Float64Array.of(k, beta, beta * words, word, 1),
        seed: Uint32Array.from({ length: 4 }, () => random.u32()),
        alpha: Float64Array.from(alpha),
        totals: Uint32Array.from(s),
        slot: Uint32Array.of(0),
        column: Uint32Array.of(column),
        docPairs: Uint32Array.of(pairsOf(D).length),
        docTopics: Uint8Array.from(pairsOf(D), ([i]) => i),
        docCounts: Uint8Array.from(pairsOf(D), ([, n]) => n),
        wordPairs: Uint32Array.of(pairsOf(B).length),
        wordTopics: Uint8Array.from(pairsOf(B), ([i]) => i),
        wordCounts: Uint8Array.from(pairsOf(B), ([, n]) => n),
        z: new Uint8Array(tokens),
      },
      [shard],
    )
    times[delta.changed![0]! & 1 ? delta.topic![0]! : 0]!++
  }
  const p = alpha.map((a, i) => {
    const own = i === 0 ? 1 : 0
    return ((B[i]! - own + beta) / (s[i]! - own + beta * words)) * (D[i]! - own + a)
  })
  const sum = p.reduce((a, b) => a + b, 0)
  p.forEach((weight, i) => {
    const want = weight / sum
    const deviation = Math.sqrt((want * (1 - want)) / rounds)
    expect(Math.abs(times[i]! / rounds - want)).toBeLessThan(4.5 * deviation)
  })
})

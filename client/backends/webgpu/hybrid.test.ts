/** SIMD and GPU together, the GPU being played by the reference: who computes what, and what a failure costs. */
import { expect, it } from 'vitest'
import { kernels } from '../../../shared/apps/kernels.ts'
import { problem } from '../../../shared/linear/problems.ts'
import { seededRandom } from '../../../shared/random.ts'
import { openShard, type Shard } from '../../../shared/shard.ts'
import type { Arrays } from '../../../shared/wire.ts'
import { ReferenceBackend } from '../reference.ts'
import type { Decision } from '../runner.ts'
import { HybridRunner } from './hybrid.ts'
import { scan } from './scan.ts'
import type { GpuSide } from './side.ts'

const kernel = kernels.lasso!
const kinds = [
  { layout: 'dense', valueType: 'u8' },
  { layout: 'sparse', valueType: 'f32' },
] as const
const common = { kinds, n: 50, columnsPerShard: 5, weighted: false, centred: true, share: 1 }
const { lease, shards } = problem({ ...common, scan: true, sweepsMax: 3 }, seededRandom(1))
const want = kernel.push(lease, shards.map(openShard))
const hashes = ['a', 'b']
const always: Decision = { use: 'webgpu', from: null, reason: 'on a GPU' }

/** What the GPU answers, given what is right. */
type Answer = (right: Arrays) => Arrays

function rig(answer: Answer, decision = always) {
  const log: string[] = []
  const held = new Map<string, Shard>()
  const gpu = { lost: null, name: 'a GPU', close: () => log.push('closed') }
  const side: Partial<Record<keyof GpuSide, unknown>> = {
    ...{ gpu, program: scan },
    hold: (hash: string, bytes: Uint8Array) => held.set(hash, openShard(bytes)),
    drop: (hash: string) => held.delete(hash),
    facts: (list: string[]) => list.map((hash) => held.get(hash)!),
    plan: (given: Arrays, facts: Shard[]) => scan.plan(given, facts as never[], gpu as never),
    async run(given: Arrays, list: string[]) {
      log.push('gpu')
      const { gradient } = kernel.push(
        given,
        list.map((hash) => held.get(hash)!),
      )
      return answer({ gradient: gradient! })
    },
  }
  const simd = new ReferenceBackend(kernel, 'plain JavaScript')
  const runner = new HybridRunner(kernel, simd, side as never, decision, () => 0.7)
  hashes.forEach((hash, k) => {
    runner.hold(hash, shards[k]!)
  })
  return { runner, log, held }
}

it('has gradients from the GPU and steps from SIMD', async () => {
  const { runner, log } = rig((right) => right)
  expect(await runner.run(lease, hashes)).toEqual({ delta: want, by: 'webgpu' })
  expect(log).toEqual(['gpu'])
  expect(runner.use).toEqual({ name: 'webgpu', reason: 'on a GPU' })
})

it('leaves short leases, and those of no kind that won, to SIMD', async () => {
  const kind = 'gradients of one-byte columns'
  const work = 50 * 5 + openShard(shards[1]!).nonZeros
  for (const [from, by] of [
    [{ [kind]: work }, 'webgpu'],
    [{ [kind]: work + 1 }, 'reference'],
    [{}, 'reference'],
  ] as const) {
    const { runner } = rig((right) => right, { ...always, from })
    expect(await runner.run(lease, hashes)).toEqual({ delta: want, by })
  }
})

it.each<[string, Answer, RegExp]>([
  [
    'a GPU that fails',
    () => {
      throw new Error('the GPU is gone: driver reset')
    },
    /^plain JavaScript; not WebGPU: the GPU is gone: driver reset$/,
  ],
  [
    'a GPU that is wrong',
    ({ gradient }) => ({ gradient: gradient!.map((g) => 1.01 * g) }),
    /not WebGPU: a GPU and SIMD disagree/,
  ],
  ['a GPU that is no number', () => ({ gradient: new Float32Array(10).fill(NaN) }), /disagree/],
])('%s costs no lease, and is not asked again', async (_what, answer, reason) => {
  const { runner, log } = rig(answer)
  for (let k = 0; k < 2; k++)
    expect(await runner.run(lease, hashes)).toEqual({ delta: want, by: 'reference' })
  expect(log).toEqual(['gpu', 'closed'])
  expect(runner.use.name).toBe('reference')
  expect(runner.use.reason).toMatch(reason)
})

it('refuses a bad lease before the GPU sees it, and goes on', async () => {
  const { runner, log, held } = rig((right) => right)
  const wrong = { ...lease, column: lease.column!.map(() => 99) }
  await expect(runner.run(wrong, hashes)).rejects.toThrow(/is column 99 of 5/)
  expect(log).toEqual([])
  expect((await runner.run(lease, hashes)).by).toBe('webgpu')
  runner.drop('a')
  expect([...held.keys()]).toEqual(['b'])
})

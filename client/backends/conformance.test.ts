/**
 * Every kernel of every app against its reference, and the tables that make a folder an app. SIMD and
 * GPU are optional: what an app has no source for is listed as skipped.
 */
import { existsSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildKernels } from '../../server/setup/kernels.mjs'
import { type Candidate, conform, problems } from '../../shared/apps/conformance.ts'
import { kernels } from '../../shared/apps/kernels.ts'
import { apps } from '../../shared/apps/registry.ts'
import { seededRandom } from '../../shared/random.ts'
import type { Backend } from './backend.ts'
import { choose } from './load.ts'
import { programs, withoutProgram } from './webgpu/programs.ts'

const modules = new Map<string, BufferSource>()
beforeAll(async () => {
  for (const { app, path } of await buildKernels()) modules.set(app, readFileSync(path))
})

function candidateOf(backend: Backend): Candidate {
  return (lease, shards) => {
    const hashes = shards.map((bytes, k) => {
      backend.hold(`shard ${k}`, bytes)
      return `shard ${k}`
    })
    try {
      return backend.run(lease, hashes)
    } finally {
      for (const hash of hashes) backend.drop(hash)
    }
  }
}

const names = [
  ...new Set([...Object.keys(apps), ...Object.keys(kernels), ...Object.keys(problems)]),
]

describe.each(names)('%s', (app) => {
  const kernel = kernels[app]!
  const hasSource = existsSync(new URL(`../../shared/apps/${app}/push.as.ts`, import.meta.url))

  it('is in all three tables, under its own name', () => {
    expect(apps[app]?.name, 'a line in shared/apps/registry.ts').toBe(app)
    expect(kernel?.app, 'a line in shared/apps/kernels.ts').toBe(app)
    expect(problems[app], 'a line in shared/apps/conformance.ts').toBeDefined()
    // Where a tab remembers, what travels is less than what its kernel takes.
    if (!kernel.openMemory) expect(kernel.buffers).toMatchObject(apps[app]!.buffers)
  })

  it.skipIf(!hasSource).each([1, 2, 3])(
    'wasm agrees with the reference (seed %i)',
    async (seed) => {
      const backend = await choose(app, { module: modules.get(app)! })
      expect(backend.name).toBe('wasm')
      expect(conform(kernel, candidateOf(backend), seed)).toEqual([])
      expect(backend.bytesHeld).toBe(0)
    },
  )

  it('the reference backend is the reference', async () => {
    const backend = await choose(app, { module: new Uint8Array(8) })
    expect(backend.name).toBe('reference')
    expect(backend.reason).toMatch(/did not load/)
    expect(conform(kernel, candidateOf(backend))).toEqual([])
  })

  it('gives the same bytes for the same lease', async () => {
    const module = modules.get(app) ?? new Uint8Array(8)
    const one = candidateOf(await choose(app, { module }))
    const two = candidateOf(await choose(app, { module }))
    for (const problem of problems[app]!(seededRandom(9))) {
      const first = one(problem.lease, problem.shards)
      expect(one(problem.lease, problem.shards)).toEqual(first)
      expect(two(problem.lease, problem.shards)).toEqual(first)
    }
  })

  // What is there is tested by webgpu/kernels.test.ts, and in a browser by e2e/webgpu.test.ts.
  if (programs[app]) it('has a WebGPU kernel', () => expect(withoutProgram[app]).toBeUndefined())
  else it.skip(`webgpu: ${withoutProgram[app] ?? 'none yet'}`, () => undefined)
})

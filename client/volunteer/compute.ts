/**
 * A compute worker: holds shards and runs kernels, one lease at a time.
 *
 * It serves on a port that its first message brings, so that it does not matter who created it:
 * the coordinator (nested workers) or, where a browser has none, the page.
 */
import * as comlink from 'comlink'
import { leaseHeadSchema } from '../../shared/protocol.ts'
import { decodeFrame, encodeFrame } from '../../shared/wire.ts'
import { type Backend, MemoryError } from '../backends/backend.ts'
import { load } from '../backends/load.ts'
import './csp.ts'
import type { Compute, ComputeHello, Outcome } from './messages.ts'

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : `${error}`)

async function run(bytes: ArrayBuffer, ageMs: number): Promise<Outcome> {
  const calledMs = performance.now()
  const { head, arrays } = decodeFrame(new Uint8Array(bytes))
  const { lease, app, shards } = leaseHeadSchema.parse(head)
  let backend: Backend
  try {
    backend = await load(app)
  } catch (error) {
    return { ok: false, reason: 'unknown-app', detail: messageOf(error) }
  }
  const startedMs = performance.now()
  const hashes = shards.map(({ hash }) => hash)
  const delta = await backend.run(arrays, hashes)
  const computeMs = performance.now() - startedMs
  const heldMs = ageMs + performance.now() - calledMs
  const { name, reason } = backend
  const frame = encodeFrame({ lease, computeMs, heldMs, backend: name }, delta).buffer
  return comlink.transfer({ ok: true, frame, computeMs, backend: { name, reason } }, [frame])
}

const compute: Compute = {
  async hold(app, hash, bytes) {
    try {
      const backend = await load(app)
      backend.hold(hash, bytes)
      return null
    } catch (error) {
      return { detail: messageOf(error), isFull: error instanceof MemoryError }
    }
  },
  async drop(app, hash) {
    const backend = await load(app)
    backend.drop(hash)
  },
  async run(bytes, ageMs) {
    try {
      return await run(bytes, ageMs)
    } catch (error) {
      const isFull = error instanceof MemoryError
      return { ok: false, reason: 'kernel-error', detail: messageOf(error), isFull }
    }
  },
}

addEventListener(
  'message',
  (event: MessageEvent<ComputeHello>) => comlink.expose(compute, event.data.port),
  { once: true },
)

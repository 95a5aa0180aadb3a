/**
 * A compute worker: holds shards and runs kernels, one lease at a time.
 *
 * It serves on a port that its first message brings, so that it does not matter who created it:
 * the coordinator (nested workers) or, where a browser has none, the page.
 */
import * as comlink from 'comlink'
import { leaseHeadSchema } from '../../shared/protocol.ts'
import { decodeFrame, encodeFrame } from '../../shared/wire.ts'
import { MemoryError } from '../backends/backend.ts'
import { openRunner, prepare } from '../backends/openRunner.ts'
import type { Runner } from '../backends/runner.ts'
import './csp.ts'
import type { Compute, ComputeHello, HoldFailure, Outcome } from './messages.ts'

const runners = new Map<string, Promise<Runner>>()

/** As `decide` has opened it. @throws when no such app is known */
function runnerOf(app: string): Promise<Runner> {
  const runner = runners.get(app)
  if (!runner) throw new Error(`nobody has said what to compute "${app}" with`)
  return runner
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : `${error}`)

async function run(bytes: ArrayBuffer, ageMs: number): Promise<Outcome> {
  const calledMs = performance.now()
  const { head, arrays } = decodeFrame(new Uint8Array(bytes))
  const { lease, app, shards } = leaseHeadSchema.parse(head)
  let runner: Runner
  try {
    runner = await runnerOf(app)
  } catch (error) {
    return { ok: false, reason: 'unknown-app', detail: messageOf(error) }
  }
  const startedMs = performance.now()
  const hashes = shards.map(({ hash }) => hash)
  const { delta, by } = await runner.run(arrays, hashes)
  const computeMs = performance.now() - startedMs
  const heldMs = ageMs + performance.now() - calledMs
  const frame = encodeFrame({ lease, computeMs, heldMs, backend: by }, delta).buffer
  return comlink.transfer({ ok: true, frame, computeMs, backend: runner.use }, [frame])
}

const compute: Compute = {
  async prepare(choice) {
    prepare(choice)
  },
  async decide(app, choice, known) {
    const opened = openRunner(app, choice, known)
    const runner = opened.then((each) => each.runner)
    runner.catch(() => {}) // is heard of by whoever asks for the runner
    runners.set(app, runner)
    return (await opened).decision
  },
  async hold(app, hash, bytes) {
    let failure: HoldFailure | null = null
    try {
      const runner = await runnerOf(app)
      runner.hold(hash, bytes)
    } catch (error) {
      failure = { detail: messageOf(error), isFull: error instanceof MemoryError }
    }
    return comlink.transfer({ bytes, failure }, [bytes.buffer])
  },
  async drop(app, hash) {
    const runner = await runnerOf(app)
    runner.drop(hash)
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

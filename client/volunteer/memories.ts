/**
 * What this page remembers of its jobs (shared/apps/kernel.ts): leases are made whole by it on
 * arrival, and deltas are taken note of before they are sent.
 *
 * It stands before the pool, because the server knows tabs and not their workers, and because leases
 * must be recalled in the order in which they came.
 */
import type { Kernel, Memory, Recalled } from '../../shared/apps/kernel.ts'
import { kernels } from '../../shared/apps/kernels.ts'
import type { LeaseHead } from '../../shared/protocol.ts'
import { decodeFrame, encodeFrame } from '../../shared/wire.ts'
import type { Refusing } from './session.ts'

/** Jobs at a time; the server learns of it when one was forgotten too early. */
const JOBS_MAX = 4
/** Leases whose deltas may still come; more than any tab has in hand. */
const LEASES_MAX = 600

export class Memories {
  /** Another page, or this one after a reload, has another name. */
  readonly name: string
  readonly #kernels: Readonly<Record<string, Kernel>>
  readonly #memories = new Map<string, Memory>()
  readonly #recalled = new Map<number, Recalled>()

  constructor(name: string, known: Readonly<Record<string, Kernel>> = kernels) {
    this.name = name
    this.#kernels = known
  }

  /**
   * The lease's frame as its kernel takes it, or why it cannot be computed: it counts on what is not
   * here. To be called for every lease, also while pausing: the server counts on what it has sent.
   */
  receive(head: LeaseHead, frame: ArrayBuffer): { whole: ArrayBuffer; fault: Refusing | null } {
    try {
      return { whole: this.#recall(head, frame), fault: null }
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      return { whole: frame, fault: { reason: 'shard-unavailable', detail } }
    }
  }

  #recall({ job, app, lease }: LeaseHead, frame: ArrayBuffer): ArrayBuffer {
    const { openMemory } = this.#kernels[app] ?? {}
    if (!openMemory) return frame
    const memory = this.#memories.get(job) ?? openMemory()
    this.#memories.delete(job)
    this.#memories.set(job, memory)
    trim(this.#memories, JOBS_MAX)
    const { head, arrays } = decodeFrame(new Uint8Array(frame))
    const recalled = memory.recall(arrays)
    this.#recalled.set(lease, recalled)
    trim(this.#recalled, LEASES_MAX)
    return recalled.lease === arrays ? frame : encodeFrame(head, recalled.lease).buffer
  }

  /**
   * The delta's frame as it is to be sent. To be called before that: the server counts on what is kept
   * here from the commit on.
   */
  computed(lease: number, frame: ArrayBuffer): ArrayBuffer {
    const recalled = this.#recalled.get(lease)
    if (!recalled) return frame
    this.#recalled.delete(lease)
    const { head, arrays } = decodeFrame(new Uint8Array(frame))
    recalled.keep(arrays)
    const { halves, sent } = recalled
    if (!halves && !sent) return frame
    const travels = Object.entries(arrays).filter(([name]) => sent?.includes(name) ?? true)
    return encodeFrame(head, Object.fromEntries(travels), halves).buffer
  }
}

/** Maps remember the order in which their keys came. */
function trim<K>(map: Map<K, unknown>, sizeMax: number): void {
  for (const key of map.keys()) {
    if (map.size <= sizeMax) return
    map.delete(key)
  }
}

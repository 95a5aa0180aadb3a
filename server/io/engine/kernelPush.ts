/**
 * An app's kernel in the server's own thread, on leases that the server has made: audits replay with it
 * what a tab has computed. A sampler's reference takes 980 ns a token, its kernel 80 (newsgroups,
 * K = 100), and at 5 % of the leases the reference took more of a core than all else the engine does.
 */
import { existsSync, readFileSync } from 'node:fs'
import type { Push } from '../../../shared/app.ts'
import type { Kernel } from '../../../shared/apps/kernel.ts'
import { kernels } from '../../../shared/apps/kernels.ts'
import { type Arrays, type ArrayType, constructors } from '../../../shared/wire.ts'
import { kernelFile } from '../kernelFile.ts'
import { growTo, pad } from '../linearMemory.ts'

/** What every push.as.ts exports (shared/table.as.ts). */
interface Exports {
  readonly memory: WebAssembly.Memory
  heapBase(): number
  workBytes(table: number): number
  push(table: number): void
}

/** Undefined where the app has no kernel, or it was not built: the reference does then. */
export function openKernelPush(app: string, path = kernelFile(app)): Push | undefined {
  const kernel = Object.hasOwn(kernels, app) ? kernels[app] : undefined
  if (!kernel || !existsSync(path)) return undefined
  let open: Push | null = null
  // Most jobs never ask.
  return (lease, shards) => {
    open ??= pushOf(kernel, new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path))))
    return open(lease, shards)
  }
}

/** Everything is laid out anew for each call, from the module's own memory on. */
function pushOf(kernel: Kernel, instance: WebAssembly.Instance): Push {
  const { memory, heapBase, workBytes, push } = instance.exports as unknown as Exports
  const { buffers } = kernel
  return (lease, shards) => {
    let end = pad(heapBase())
    const room = (bytes: number): number => {
      const at = end
      end += pad(bytes)
      growTo(memory, end)
      return at
    }
    const view = (type: ArrayType, at: number, length: number) =>
      new constructors[type](memory.buffer, at, length)
    const lengths = kernel.shape(lease, shards)
    const words: number[] = []
    for (const { name, type } of buffers.lease) {
      const array = lease[name]!
      const at = room(array.byteLength)
      view(type, at, array.length).set(array)
      words.push(at, array.length)
    }
    buffers.delta.forEach(({ type }, k) => {
      words.push(room(lengths[k]! * constructors[type].BYTES_PER_ELEMENT), lengths[k]!)
    })
    const list = room(4 * shards.length)
    const places = shards.map(({ bytes }) => {
      const at = room(bytes.byteLength)
      view('u8', at, bytes.byteLength).set(bytes)
      return at
    })
    view('u32', list, shards.length).set(places)
    words.push(list, shards.length)
    const table = room(4 * (words.length + 2))
    view('u32', table, words.length).set(words)
    // First the room: a memory that grows loses its views.
    const work = room(workBytes(table))
    view('u32', table, words.length + 2).set([work, 0], words.length)
    push(table)
    const after = view('u32', table, words.length)
    const delta: Arrays = {}
    buffers.delta.forEach(({ name, type }, k) => {
      const row = 2 * (buffers.lease.length + k)
      delta[name] = view(type, after[row]!, after[row + 1]!).slice()
    })
    return delta
  }
}

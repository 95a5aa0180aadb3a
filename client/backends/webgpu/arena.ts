/**
 * Shards in GPU memory: a few large buffers, each handed out by a Space, so that one dispatch reaches
 * many shards. Buffers are made as they are needed and stay until the device is closed.
 */
import { Space } from '../space.ts'
import { type Gpu, GpuError } from './gpu.ts'

/** Some 60 shards, the matrix of 463 × 509 000 genotypes; more would be taken from whoever draws. */
const CHUNK_BYTES = 64 << 20

export interface Place {
  readonly chunk: GPUBuffer
  /** Of the chunk. */
  readonly number: number
  /** A multiple of 64. */
  readonly at: number
}

interface Chunk {
  readonly buffer: GPUBuffer
  readonly space: Space
}

export class Arena {
  readonly #gpu: Gpu
  readonly #chunkBytes: number
  readonly #chunks: Chunk[] = []

  constructor(gpu: Gpu, chunkBytes = CHUNK_BYTES) {
    this.#gpu = gpu
    this.#chunkBytes = chunkBytes
  }

  /** Room for these bytes, and the bytes in it. @throws GpuError when the GPU has no such room */
  async put(bytes: Uint8Array): Promise<Place> {
    const { device } = this.#gpu
    const size = Math.ceil(bytes.byteLength / 4) * 4
    const limit = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize)
    if (size > limit)
      throw new GpuError(`a shard of ${size >> 20} MiB is more than this GPU binds at once`)
    const place = this.#find(size) ?? (await this.#add(Math.max(this.#chunkBytes, size), size))
    device.queue.writeBuffer(place.chunk, place.at, padded(bytes, size) as BufferSource)
    return place
  }

  release({ number, at }: Place): void {
    this.#chunks[number]!.space.release(at)
  }

  close(): void {
    for (const { buffer } of this.#chunks) buffer.destroy()
    this.#chunks.length = 0
  }

  #find(size: number): Place | null {
    for (const [number, { buffer, space }] of this.#chunks.entries())
      try {
        return { chunk: buffer, number, at: space.allocate(size) }
      } catch {
        // That one is full.
      }
    return null
  }

  async #add(chunkBytes: number, size: number): Promise<Place> {
    const buffer = await this.#gpu.buffer(chunkBytes)
    const space = new Space(0, (end) => {
      if (end > chunkBytes) throw new GpuError('this chunk is full')
    })
    const number = this.#chunks.push({ buffer, space }) - 1
    return { chunk: buffer, number, at: space.allocate(size) }
  }
}

function padded(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.byteLength === size) return bytes
  const whole = new Uint8Array(size)
  whole.set(bytes)
  return whole
}

/**
 * One GPU device and what is kept on it between runs: pipelines by name, scratch buffers by name.
 *
 * A device can go away at any moment (driver reset, another adapter, memory): then everything that
 * waits for it fails with a GpuError, and so does whatever is asked of it afterwards. Errors of
 * validation and memory, which WebGPU reports past the caller, are thrown by `guard`.
 */

/** Values of GPUBufferUsage and GPUMapMode; outside of browsers nobody defines those names. */
const USAGE = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const
const MAP_READ = 1

/** What devices are asked for, where the adapter has it: WebGPU's own defaults are a phone's. */
const BINDING_BYTES_WANTED = 1 << 30
const WORKGROUP_BYTES_WANTED = 64 << 10

/** The GPU cannot do this, or not any more; SIMD can. The message is for people. */
export class GpuError extends Error {
  override name = 'GpuError'
}

export interface Dispatch {
  readonly pipeline: GPUComputePipeline
  /** In the order of their numbers, from 0. */
  readonly bindings: readonly GPUBuffer[]
  readonly groups: readonly [x: number, y?: number, z?: number]
}

/** What is to come back from the GPU after the dispatches: the first bytes of a buffer. */
export interface Wanted {
  readonly from: GPUBuffer
  readonly bytes: number
}

export class Gpu {
  readonly device: GPUDevice
  /** "nvidia ada", "google swiftshader": for people. */
  readonly name: string
  /** No GPU at all, but a processor that pretends. */
  readonly isSoftware: boolean
  /** Why it is gone; null while it is there. */
  lost: string | null = null
  readonly #scratch = new Map<string, GPUBuffer>()
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>()
  readonly #gone: Promise<never>
  /** What it refused first; nothing computed since is to be trusted. */
  #refusal: string | null = null

  constructor(device: GPUDevice, info: GPUAdapterInfo) {
    this.device = device
    this.name = [info.vendor, info.architecture].filter(Boolean).join(' ') || 'a GPU'
    this.isSoftware = info.isFallbackAdapter || /swiftshader|llvmpipe/.test(info.architecture)
    this.#gone = device.lost.then(({ reason, message }) => {
      this.lost = reason === 'destroyed' ? 'it was given back' : message || 'the device was lost'
      throw new GpuError(`the GPU is gone: ${this.lost}`)
    })
    this.#gone.catch(() => {}) // is heard of by whoever waits for something
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault()
      this.#refusal ??= event.error.message
    })
  }

  /**
   * What `work` resolves to. @throws GpuError when the device is lost or has refused anything
   *
   * Not by error scopes: they are a stack, and what runs between two awaits of one caller would
   * take the errors of another.
   */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    this.#check()
    const result = await Promise.race([this.#gone, work()])
    this.#check()
    return result
  }

  #check(): void {
    if (this.lost !== null) throw new GpuError(`the GPU is gone: ${this.lost}`)
    if (this.#refusal !== null) throw new GpuError(`the GPU refused: ${this.#refusal}`)
  }

  /** Compiled once per set of constants. */
  pipeline(code: string, constants: Record<string, number> = {}): Promise<GPUComputePipeline> {
    const key = JSON.stringify(constants) + code
    let pipeline = this.#pipelines.get(key)
    if (!pipeline) {
      const module = this.device.createShaderModule({ code })
      const compute = { module, entryPoint: 'main', constants }
      pipeline = this.device.createComputePipelineAsync({ layout: 'auto', compute })
      this.#pipelines.set(key, pipeline)
    }
    return pipeline
  }

  /** A buffer of at least so many bytes, the same one each time; its contents are whatever they were. */
  scratch(name: string, bytes: number): GPUBuffer {
    const known = this.#scratch.get(name)
    if (known && known.size >= bytes) return known
    known?.destroy()
    const usage = USAGE.storage | USAGE.copySource | USAGE.copyTarget
    // A power of two, so that leases of growing size do not each bring a new one.
    const size = Math.min(roomOf(bytes), this.device.limits.maxBufferSize)
    const buffer = this.device.createBuffer({ size, usage })
    this.#scratch.set(name, buffer)
    return buffer
  }

  /** The scratch buffer of that name with this in it; at least four bytes, as a binding needs. */
  put(name: string, data: Uint32Array | Int32Array | Float32Array | Uint8Array): GPUBuffer {
    const buffer = this.scratch(name, data.byteLength)
    if (data.byteLength > 0) this.device.queue.writeBuffer(buffer, 0, data as BufferSource)
    return buffer
  }

  /** A small buffer of parameters, 16 bytes or a multiple. */
  uniform(name: string, data: Uint32Array<ArrayBuffer>): GPUBuffer {
    let buffer = this.#scratch.get(name)
    if (!buffer) {
      const usage = USAGE.uniform | USAGE.copyTarget
      buffer = this.device.createBuffer({ size: data.byteLength, usage })
      this.#scratch.set(name, buffer)
    }
    this.device.queue.writeBuffer(buffer, 0, data)
    return buffer
  }

  /** A buffer of one's own. @throws GpuError when there is no memory for it */
  async buffer(bytes: number): Promise<GPUBuffer> {
    const { device } = this
    const usage = USAGE.storage | USAGE.copyTarget
    device.pushErrorScope('out-of-memory')
    const buffer = device.createBuffer({ size: bytes, usage })
    if (await Promise.race([this.#gone, device.popErrorScope()]))
      throw new GpuError(`the GPU has no room for ${bytes >> 20} MiB more`)
    return buffer
  }

  /** Dispatches in this order; resolves to the milliseconds they took, as soon as they are done. */
  async compute(dispatches: readonly Dispatch[]): Promise<number> {
    const encoder = this.#encode(dispatches)
    const startedMs = performance.now()
    this.device.queue.submit([encoder.finish()])
    await this.device.queue.onSubmittedWorkDone()
    return performance.now() - startedMs
  }

  /** The same, and then a copy of what they have made: one way there and back instead of two. */
  async computeAndRead(
    dispatches: readonly Dispatch[],
    { from, bytes }: Wanted,
  ): Promise<{ ms: number; copy: ArrayBuffer }> {
    const staging = this.#staging(bytes)
    const encoder = this.#encode(dispatches)
    encoder.copyBufferToBuffer(from, 0, staging, 0, bytes)
    const startedMs = performance.now()
    this.device.queue.submit([encoder.finish()])
    await staging.mapAsync(MAP_READ, 0, bytes)
    const ms = performance.now() - startedMs
    const copy = staging.getMappedRange(0, bytes).slice(0)
    staging.unmap()
    return { ms, copy }
  }

  #encode(dispatches: readonly Dispatch[]): GPUCommandEncoder {
    const { device } = this
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    for (const { pipeline, bindings, groups } of dispatches) {
      const entries = bindings.map((buffer, binding) => ({ binding, resource: { buffer } }))
      pass.setPipeline(pipeline)
      pass.setBindGroup(
        0,
        device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }),
      )
      pass.dispatchWorkgroups(...groups)
    }
    pass.end()
    return encoder
  }

  #staging(bytes: number): GPUBuffer {
    const name = 'read'
    const known = this.#scratch.get(name)
    if (known && known.size >= bytes) return known
    known?.destroy()
    const usage = USAGE.mapRead | USAGE.copyTarget
    const buffer = this.device.createBuffer({ size: roomOf(bytes), usage })
    this.#scratch.set(name, buffer)
    return buffer
  }

  /** Everything on it is gone after this. */
  close(): void {
    this.device.destroy()
  }
}

const roomOf = (bytes: number): number => 2 ** Math.ceil(Math.log2(Math.max(bytes, 256)))

/** The device of this browser (or of Node's Dawn). @throws GpuError when there is none, with the reason */
export async function openGpu(gpu: GPU | undefined): Promise<Gpu> {
  if (!gpu) throw new GpuError('this browser has no WebGPU here')
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new GpuError('this device has no GPU that the browser lets pages use')
  const { limits } = adapter
  const most = Math.min(
    BINDING_BYTES_WANTED,
    limits.maxStorageBufferBindingSize,
    limits.maxBufferSize,
  )
  const device = await adapter.requestDevice({
    requiredLimits: {
      maxStorageBufferBindingSize: most,
      maxBufferSize: most,
      maxComputeWorkgroupStorageSize: Math.min(
        WORKGROUP_BYTES_WANTED,
        limits.maxComputeWorkgroupStorageSize,
      ),
    },
  })
  return new Gpu(device, adapter.info)
}

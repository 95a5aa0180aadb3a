/** GET /shards/<hash>: immutable bytes that any cache may keep for a year. Only shards; never y or names. */
import type { FastifyInstance } from 'fastify'
import { hashSchema } from '../../../shared/dataset.ts'
import { NotFound } from '../httpErrors.ts'
import { isActive, type Store } from '../store/store.ts'

export interface ShardsOptions {
  store: Store
  onServed: (hash: string, bytes: number) => void
}

/** Another process may publish data sets; looking again this rarely bounds what a guesser costs. */
const REFRESH_MS = 1000

export class Shards {
  readonly #options: ShardsOptions
  #known = new Set<string>()
  #atMs = Number.NEGATIVE_INFINITY
  bytesServed = 0

  constructor(options: ShardsOptions) {
    this.#options = options
  }

  routes(app: FastifyInstance): void {
    app.get<{ Params: { hash: string } }>('/shards/:hash', (request, reply) => {
      const { hash } = request.params
      const etag = `"${hash}"`
      const bytes = this.#isShard(hash) ? this.#options.store.blob(hash) : undefined
      if (!bytes) throw new NotFound('There is no such shard; its dataset may have been deleted.')
      reply.header('cache-control', 'public, max-age=31536000, immutable').header('etag', etag)
      if (request.headers['if-none-match'] === etag) return reply.code(304).send()
      this.bytesServed += bytes.byteLength
      this.#options.onServed(hash, bytes.byteLength)
      // A copy: the store's view is gone by the time the socket has taken it.
      return reply.type('application/octet-stream').send(Buffer.from(bytes))
    })
  }

  #isShard(hash: string): boolean {
    if (this.#known.has(hash)) return true
    if (!hashSchema.safeParse(hash).success || performance.now() < this.#atMs + REFRESH_MS)
      return false
    this.refresh()
    return this.#known.has(hash)
  }

  refresh(): void {
    const { store } = this.#options
    this.#atMs = performance.now()
    // A dataset that was replaced lives on for the jobs that use it.
    const inUse = store.jobs().flatMap((job) => (isActive(job) ? [store.dataset(job.dataset)] : []))
    const records = [...store.datasets(), ...inUse]
    this.#known = new Set(
      records.flatMap((record) => record?.manifest.shards.map((shard) => shard.hash) ?? []),
    )
  }
}

import { beforeEach, describe, expect, test, vi } from 'vitest'
import { type ByteStore, ShardCache } from './cache.ts'
import { sha256 } from './sha256.ts'
import { ShardSource } from './shards.ts'

const good = new Uint8Array([1, 2, 3])
const hash = await sha256(good)
let requests: RequestCache[] = []

/** A server that answers with each of `bodies` in turn; a number is a status. */
function serving(bodies: (Uint8Array<ArrayBuffer> | number)[]): typeof fetch {
  return async (_url, init) => {
    requests.push(init!.cache!)
    const body = bodies.shift()!
    return typeof body === 'number' ? new Response(null, { status: body }) : new Response(body)
  }
}

async function source(bodies: (Uint8Array<ArrayBuffer> | number)[]) {
  const cache = await ShardCache.open(null, 100)
  let bytes = 0
  const onBytes = (n: number) => {
    bytes += n
  }
  const options = { cache, onBytes, onDropped: () => undefined, waitsMs: [0] }
  return { shards: new ShardSource({ ...options, fetch: serving(bodies) }), bytes: () => bytes }
}

beforeEach(() => {
  requests = []
})

/** A cache's store that remembers the order of writes; a write lasts until it is let go. */
function slowStore() {
  const written: string[] = []
  const waiting: (() => void)[] = []
  const store: ByteStore = {
    list: async () => [],
    read: async () => undefined,
    write: (hash) => {
      written.push(hash)
      return new Promise((resolve) => waiting.push(resolve))
    },
    touch: async () => {},
    remove: async () => {},
  }
  return { store, written, release: () => waiting.shift()!() }
}

describe('ShardSource', () => {
  test('the cache is written when no download is under way, one shard after the other', async () => {
    const { store, written, release } = slowStore()
    const cache = await ShardCache.open(store, 100)
    const other = new Uint8Array([4, 5])
    const otherHash = await sha256(other)
    let answer: (response: Response) => void = () => {}
    const late = new Promise<Response>((resolve) => {
      answer = resolve
    })
    const fetch = ((url: string) =>
      url.endsWith(hash) ? Promise.resolve(new Response(good)) : late) as typeof globalThis.fetch
    const options = { cache, onBytes: () => undefined, onDropped: () => undefined, fetch }
    const shards = new ShardSource(options)
    const slow = shards.get(otherHash)
    const first = await shards.get(hash)
    expect(written).toEqual([])
    // Until it is written it is handed out from memory.
    expect(await shards.get(hash)).toBe(first)
    answer(new Response(other))
    await slow
    await vi.waitFor(() => expect(written).toEqual([hash]))
    release()
    await vi.waitFor(() => expect(written).toEqual([hash, otherHash]))
    release()
  })

  test('the hash is SHA-256 in hex', () => {
    expect(hash).toBe('039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81')
  })

  test('two workers that need a shard at once cause one download', async () => {
    const { shards, bytes } = await source([good])
    const [a, b] = await Promise.all([shards.get(hash), shards.get(hash)])
    expect(a).toBe(b)
    expect(requests).toEqual(['default'])
    expect(bytes()).toBe(3)
  })

  test('bytes that are not what the hash says are fetched again past the HTTP cache', async () => {
    const { shards } = await source([new Uint8Array([9]), good])
    expect(await shards.get(hash)).toEqual(good)
    expect(requests).toEqual(['default', 'reload'])
  })

  test('after the last attempt it says what went wrong, and the next lease tries anew', async () => {
    const { shards } = await source([503, 404, good])
    await expect(shards.get(hash)).rejects.toThrow('039058c6f2c0: the server answered 404')
    expect(await shards.get(hash)).toEqual(good)
  })
})

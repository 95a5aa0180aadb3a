import { beforeEach, describe, expect, test, vi } from 'vitest'
import { type ByteStore, ShardCache } from './cache.ts'
import { sha256 } from './sha256.ts'
import { type Bytes, ShardSource } from './shards.ts'

const good = new Uint8Array([1, 2, 3])
const hash = await sha256(good)
let requests: RequestCache[] = []

/** A server that answers with each of `bodies` in turn; a number is a status. */
function serving(bodies: (Bytes | number)[]): typeof fetch {
  return async (_url, init) => {
    requests.push(init!.cache!)
    const body = bodies.shift()!
    return typeof body === 'number' ? new Response(null, { status: body }) : new Response(body)
  }
}

/** For a borrower that changes nothing. */
async function get(shards: ShardSource, hash: string): Promise<Bytes> {
  let lent: Bytes | undefined
  await shards.lend(hash, async (bytes) => {
    lent = bytes
    return bytes
  })
  return lent!
}

async function source(bodies: (Bytes | number)[]) {
  const cache = await ShardCache.open(null, 100)
  let bytes = 0
  const onBytes = (n: number) => {
    bytes += n
  }
  const options = { cache, onBytes, onDropped: () => undefined, isBusy: () => false, waitsMs: [0] }
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
  test('the cache is written when the tab rests, one shard after the other', async () => {
    const { store, written, release } = slowStore()
    const cache = await ShardCache.open(store, 100)
    const other = new Uint8Array([4, 5])
    const otherHash = await sha256(other)
    let isBusy = true
    const fetch = (async (url: string) =>
      new Response(url.endsWith(hash) ? good : other)) as typeof globalThis.fetch
    const options = { cache, onBytes: () => undefined, onDropped: () => undefined, fetch }
    const shards = new ShardSource({ ...options, isBusy: () => isBusy })
    const first = await get(shards, hash)
    await get(shards, otherHash)
    await shards.save()
    expect(written).toEqual([])
    // Until it is written it is handed out from memory.
    expect(await get(shards, hash)).toBe(first)
    isBusy = false
    const saved = shards.save()
    await vi.waitFor(() => expect(written).toEqual([hash]))
    release()
    await vi.waitFor(() => expect(written).toEqual([hash, otherHash]))
    release()
    await saved
  })

  test('a tab that never rests writes its shards all the same, after a while', async () => {
    const { store, written, release } = slowStore()
    const cache = await ShardCache.open(store, 100)
    let nowMs = 0
    const shards = new ShardSource({
      ...{ cache, onBytes: () => undefined, onDropped: () => undefined, isBusy: () => true },
      ...{ fetch: serving([good]), nowMs: () => nowMs },
    })
    await get(shards, hash)
    await shards.save()
    expect(written).toEqual([])
    nowMs = 3_001
    const saved = shards.save()
    await vi.waitFor(() => expect(written).toEqual([hash]))
    release()
    await saved
  })

  test('one borrower at a time; what one loses is loaded for the next', async () => {
    const { shards } = await source([good, good])
    const log: string[] = []
    let lose: (gone: null) => void = () => {}
    const first = shards.lend(hash, () => {
      log.push('first')
      return new Promise((resolve) => {
        lose = resolve
      })
    })
    const second = shards.lend(hash, async (bytes) => {
      log.push('second')
      return bytes
    })
    await vi.waitFor(() => expect(log).toEqual(['first']))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(log).toEqual(['first'])
    lose(null)
    await Promise.all([first, second])
    expect(log).toEqual(['first', 'second'])
    expect(requests).toHaveLength(2)
  })

  test('the hash is SHA-256 in hex', () => {
    expect(hash).toBe('039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81')
  })

  test('two workers that need a shard at once cause one download', async () => {
    const { shards, bytes } = await source([good])
    const [a, b] = await Promise.all([get(shards, hash), get(shards, hash)])
    expect(a).toBe(b)
    expect(requests).toEqual(['no-store'])
    expect(bytes()).toBe(3)
  })

  test('bytes that are not what the hash says are fetched again, never through the HTTP cache', async () => {
    const { shards } = await source([new Uint8Array([9]), good])
    expect(await get(shards, hash)).toEqual(good)
    expect(requests).toEqual(['no-store', 'no-store'])
  })

  test('after the last attempt it says what went wrong, and the next lease tries anew', async () => {
    const { shards } = await source([503, 404, good])
    await expect(get(shards, hash)).rejects.toThrow('039058c6f2c0: the server answered 404')
    expect(await get(shards, hash)).toEqual(good)
  })
})

/**
 * A scripted volunteer: it speaks the protocol as a tab does, computes with the reference kernels,
 * and can be told to lie. What it was told and what it answered stays for the spec to read.
 */
import { randomBytes } from 'node:crypto'
import { io, type Socket } from 'socket.io-client'
import { push as lassoPush } from '../../shared/linear/push.ts'
import {
  type ClientToServer,
  type Hello,
  type LeaseHead,
  type Notice,
  PROTOCOL_VERSION,
  type ServerToClient,
  type Verdict,
  type Welcome,
} from '../../shared/protocol.ts'
import { openShard, type Shard } from '../../shared/shard.ts'
import { type Arrays, decodeFrame, encodeFrame } from '../../shared/wire.ts'
import type { World } from './world.ts'

export interface Lease {
  head: LeaseHead
  arrays: Arrays
  receivedMs: number
}

export interface Options {
  url: string
  /** Come back by itself when the connection is lost. */
  reconnects?: boolean
  hello?: Partial<Hello>
}

const ANSWER_MS = 20_000
/** Longer than any deadline: others may withhold what is left to do. */
const LEASE_MS = 60_000

export class ScriptedVolunteer {
  readonly socket: Socket<ServerToClient, ClientToServer>
  readonly notices: Notice[] = []
  readonly revoked: { lease: number; reason: string }[] = []
  /** Leases not yet taken by the script. */
  readonly leases: Lease[] = []
  /** Why the connections ended. */
  readonly closed: string[] = []
  welcomes = 0
  readonly #url: string
  readonly #hello: Hello
  readonly #shards = new Map<string, Shard>()
  #wake: (() => void)[] = []

  constructor({ url, reconnects = false, hello = {} }: Options) {
    this.#url = url
    this.#hello = {
      ...{ protocol: PROTOCOL_VERSION, volunteer: randomBytes(12).toString('hex') },
      ...{ workers: 1, duty: 100, backend: 'reference', agent: 'script', cached: [] },
      ...hello,
    }
    this.socket = io(url, {
      ...{ transports: ['websocket'], forceNew: true, autoConnect: false },
      ...{ reconnection: reconnects, reconnectionDelay: 100, reconnectionDelayMax: 500 },
    })
    this.#listen()
  }

  #listen(): void {
    const { socket } = this
    socket.on('lease', (frame) => {
      const { head, arrays } = decodeFrame(new Uint8Array(frame))
      const lease = { head: head as unknown as LeaseHead, arrays, receivedMs: performance.now() }
      this.#happened(() => this.leases.push(lease))
    })
    socket.on('notice', (notice) => this.#happened(() => this.notices.push(notice)))
    socket.on('revoke', (message) => this.#happened(() => this.revoked.push(message)))
    socket.on('disconnect', (reason) => {
      // The leases of a lost connection are the server's again.
      this.#happened(() => this.closed.push(reason) && this.leases.splice(0))
    })
  }

  #happened(action: () => void): void {
    action()
    for (const wake of this.#wake.splice(0)) wake()
  }

  /** Resolves as soon as the condition holds; rejects with `what` after `limitMs`. */
  async until(what: string, condition: () => boolean, limitMs = 30_000): Promise<void> {
    let isLate = false
    const timer = setTimeout(() => this.#happened(() => (isLate = true)), limitMs)
    try {
      while (!condition()) {
        if (isLate) throw new Error(`${this.#hello.agent} waited ${limitMs / 1000} s: ${what}`)
        await new Promise<void>((resolve) => this.#wake.push(resolve))
      }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Say hello once; a script that reconnects says it on every connection. */
  async join(): Promise<Welcome> {
    const { socket } = this
    const welcome = new Promise<Welcome>((resolve, reject) => {
      socket.on('connect', () => {
        this.greet().then((answer) => {
          this.#happened(() => this.welcomes++)
          resolve(answer)
        }, reject)
      })
      if (!socket.io.opts.reconnection) socket.once('connect_error', reject)
    })
    socket.connect()
    return welcome
  }

  greet(hello: unknown = this.#hello): Promise<Welcome> {
    return this.socket.timeout(ANSWER_MS).emitWithAck('hello', hello as Hello)
  }

  async lease(): Promise<Lease> {
    await this.until('a lease', () => this.leases.length > 0, LEASE_MS)
    return this.leases.shift()!
  }

  /** What an honest tab would send. */
  async compute({ head, arrays }: Lease): Promise<Arrays> {
    const shards: Shard[] = []
    for (const { hash } of head.shards) shards.push(await this.#shard(hash))
    return lassoPush(arrays, shards)
  }

  async #shard(hash: string): Promise<Shard> {
    const known = this.#shards.get(hash)
    if (known) return known
    const response = await fetch(`${this.#url}/shards/${hash}`)
    if (!response.ok) throw new Error(`shard ${hash}: ${response.status}`)
    const shard = openShard(new Uint8Array(await response.arrayBuffer()))
    this.#shards.set(hash, shard)
    return shard
  }

  frame(lease: number, delta: Arrays, computeMs = 1): Uint8Array<ArrayBuffer> {
    return encodeFrame({ lease, computeMs, backend: 'reference' }, delta)
  }

  /** Whatever bytes, or no bytes at all. */
  send(frame: unknown): Promise<Verdict> {
    return this.socket.timeout(ANSWER_MS).emitWithAck('settled', frame as ArrayBuffer)
  }

  settle({ head }: Lease, delta: Arrays): Promise<Verdict> {
    return this.send(this.frame(head.lease, delta))
  }

  /**
   * Answers leases until an answer is judged: on a slow machine another tab may have computed the same
   * block by then, and the answer is not looked at.
   */
  async judged(
    answer: (lease: Lease, delta: Arrays) => Promise<Verdict>,
  ): Promise<{ lease: Lease; delta: Arrays; verdict: Verdict }> {
    for (;;) {
      const lease = await this.lease()
      const delta = await this.compute(lease)
      const verdict = await answer(lease, delta)
      if (verdict.accepted || verdict.reason !== 'revoked') return { lease, delta, verdict }
    }
  }

  /** One lease done as it should be. */
  async behave(): Promise<void> {
    const { verdict } = await this.judged((lease, delta) => this.settle(lease, delta))
    if (!verdict.accepted) throw new Error(`an honest delta was refused: ${verdict.detail}`)
  }

  close(): void {
    this.socket.disconnect()
  }
}

export function volunteer(world: World, options: Options): ScriptedVolunteer {
  const made = new ScriptedVolunteer(options)
  world.defer(() => made.close())
  return made
}

/** A volunteer in Node, for tests: honest by default, and able to send whatever it is told to. */
import { randomBytes } from 'node:crypto'
import { io, type Socket } from 'socket.io-client'
import {
  type ClientToServer,
  type Hello,
  type LeaseHead,
  type Notice,
  PROTOCOL_VERSION,
  type ServerToClient,
  type Verdict,
  type Welcome,
} from '../../../shared/protocol.ts'
import { type Arrays, decodeFrame, encodeFrame } from '../../../shared/wire.ts'

export interface FakeLease {
  head: LeaseHead
  arrays: Arrays
}

export class FakeTab {
  readonly socket: Socket<ServerToClient, ClientToServer>
  readonly secret: string
  readonly leases: FakeLease[] = []
  readonly notices: Notice[] = []
  readonly revoked: number[] = []
  credit = { updates: 0, leases: 0, pending: 0 }
  #wake: (() => void)[] = []

  constructor(url: string, secret = randomBytes(12).toString('hex')) {
    this.secret = secret
    this.socket = io(url, { transports: ['websocket'], reconnection: false, forceNew: true })
    this.socket.on('lease', (frame) => {
      const { head, arrays } = decodeFrame(new Uint8Array(frame as ArrayBuffer))
      this.#seen(() => this.leases.push({ head: head as unknown as LeaseHead, arrays }))
    })
    this.socket.on('notice', (notice) => this.#seen(() => this.notices.push(notice)))
    this.socket.on('revoke', ({ lease }) => this.#seen(() => this.revoked.push(lease)))
    this.socket.on('credit', (credit) => {
      this.#seen(() => {
        this.credit = credit
      })
    })
    this.socket.on('disconnect', () => this.#seen(() => {}))
  }

  #seen(action: () => void): void {
    action()
    for (const wake of this.#wake.splice(0)) wake()
  }

  /** Wait until the condition holds, looking again whenever something arrives. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#wake.push(resolve))
  }

  hello(changes: Partial<Hello> = {}): Promise<Welcome> {
    const hello: Hello = {
      ...{ protocol: PROTOCOL_VERSION, volunteer: this.secret, workers: 1, duty: 100 },
      ...{ backend: 'reference', agent: 'test', cached: [] },
      ...changes,
    }
    return this.socket.timeout(5000).emitWithAck('hello', hello)
  }

  async lease(): Promise<FakeLease> {
    await this.until(() => this.leases.length > 0)
    return this.leases.shift()!
  }

  /** The right answer, or any other. */
  settle({ head, arrays }: FakeLease, double?: Arrays): Promise<Verdict> {
    const delta = double ?? { double: Float64Array.of(2 * arrays.k![0]!) }
    return this.send(encodeFrame({ lease: head.lease, computeMs: 1, backend: 'reference' }, delta))
  }

  send(frame: unknown): Promise<Verdict> {
    return this.socket.timeout(5000).emitWithAck('settled', frame as ArrayBuffer)
  }

  close(): void {
    this.socket.disconnect()
  }
}

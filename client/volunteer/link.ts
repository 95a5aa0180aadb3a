/**
 * The connection to the server: socket.io underneath, frames and typed events above.
 *
 * Nothing is sent before the server has welcomed us, and nothing is buffered while offline: what
 * must survive a lost connection is in the session, which sends it again when we are back.
 */
import { io, type Socket } from 'socket.io-client'
import {
  type Ahead,
  aheadSchema,
  type ClientToServer,
  type Failed,
  type Hello,
  type LeaseHead,
  leaseHeadSchema,
  PROTOCOL_VERSION,
  type Ready,
  type ServerToClient,
  type Verdict,
  type Welcome,
} from '../../shared/protocol.ts'
import { decodeFrame, WireError } from '../../shared/wire.ts'
import type { Link as LinkState } from './messages.ts'

const WELCOME_WAIT_MS = 10_000
/** After a refusal that may pass: the server is full. */
const REFUSED_WAIT_MS = 15_000
/** After the server hung up on us, which it does when it restarts: at least, and at most twice. */
const HUNG_UP_WAIT_MS = 2_000

type Accepted = Extract<Welcome, { ok: true }>

export interface LinkHandlers {
  hello: () => Hello
  onWelcome: (welcome: Accepted) => void
  onState: (state: LinkState) => void
  onLease: (head: LeaseHead, frame: ArrayBuffer) => void
  onAhead: (ahead: Ahead) => void
  onRevoke: (lease: number) => void
  onNotice: ServerToClient['notice']
  onJobs: ServerToClient['jobs']
  onCredit: ServerToClient['credit']
  /** Something arrived that no server of this version sends. */
  onNonsense: (what: string) => void
}

export class Link {
  readonly #handlers: LinkHandlers
  readonly #socket: Socket<ServerToClient, ClientToServer>
  #welcomed = false
  #everOnline = false

  constructor(origin: string, handlers: LinkHandlers) {
    this.#handlers = handlers
    this.#socket = io(origin, {
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      autoConnect: false,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5_000,
    })
    this.#listen()
  }

  open(): void {
    this.#handlers.onState({ state: 'connecting' })
    this.#socket.connect()
  }

  ready(ready: Ready): void {
    if (this.#welcomed) this.#socket.emit('ready', ready)
  }

  settled(frame: ArrayBuffer, answer: (verdict: Verdict) => void): void {
    if (this.#welcomed) this.#socket.emit('settled', frame, answer)
  }

  failed(failed: Failed): void {
    if (this.#welcomed) this.#socket.emit('failed', failed)
  }

  dropped(hashes: string[]): void {
    if (this.#welcomed) this.#socket.emit('dropped', hashes)
  }

  #listen(): void {
    const socket = this.#socket
    const { onAhead, onRevoke, onNotice, onJobs, onCredit, onNonsense } = this.#handlers
    socket.on('connect', () => this.#greet())
    socket.on('connect_error', () => this.#lost())
    socket.on('disconnect', (reason) => {
      this.#lost()
      // socket.io comes back by itself except when the server hung up on purpose.
      if (reason === 'io server disconnect') this.#again(HUNG_UP_WAIT_MS)
    })
    socket.on('lease', (frame) => this.#receive(frame))
    socket.on('ahead', (ahead) => {
      const parsed = aheadSchema.safeParse(ahead)
      if (parsed.success) onAhead(parsed.data)
      else onNonsense(`shards ahead with a fault: ${parsed.error.message}`)
    })
    socket.on('revoke', ({ lease }) => onRevoke(lease))
    socket.on('notice', onNotice)
    socket.on('jobs', onJobs)
    socket.on('credit', onCredit)
  }

  #greet(): void {
    const socket = this.#socket
    socket.timeout(WELCOME_WAIT_MS).emit('hello', this.#handlers.hello(), (error, welcome) => {
      if (!socket.connected) return
      if (error) {
        this.#lost()
        socket.disconnect().connect()
      } else if (welcome.ok) {
        this.#welcomed = true
        this.#everOnline = true
        this.#handlers.onState({ state: 'online' })
        this.#handlers.onWelcome(welcome)
      } else this.#refused(welcome)
    })
  }

  #refused(welcome: Extract<Welcome, { ok: false }>): void {
    const final = welcome.protocol !== PROTOCOL_VERSION
    const error = final ? mismatch(welcome.protocol) : welcome.error
    // In this order, because disconnecting reports a state of its own.
    this.#socket.disconnect()
    this.#handlers.onState({ state: 'refused', error, final })
    if (!final) this.#again(REFUSED_WAIT_MS)
  }

  #lost(): void {
    this.#welcomed = false
    this.#handlers.onState({ state: this.#everOnline ? 'reconnecting' : 'connecting' })
  }

  /** Not all tabs in the same moment. */
  #again(waitMs: number): void {
    setTimeout(() => this.#socket.connect(), waitMs * (1 + Math.random()))
  }

  #receive(frame: ArrayBuffer): void {
    try {
      const { head } = decodeFrame(new Uint8Array(frame))
      const parsed = leaseHeadSchema.safeParse(head)
      if (parsed.success) this.#handlers.onLease(parsed.data, frame)
      else this.#handlers.onNonsense(`a lease with a bad head: ${parsed.error.message}`)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.#handlers.onNonsense(`a lease that is no frame: ${error.message}`)
    }
  }
}

/** Which side to update, in one sentence. */
export function mismatch(serverVersion: number): string {
  return serverVersion > PROTOCOL_VERSION
    ? `The server has been updated (protocol ${serverVersion}, this page speaks ${PROTOCOL_VERSION}): reload this page.`
    : `The server is older than this page (protocol ${serverVersion}, this page speaks ${PROTOCOL_VERSION}): its owner has to update it.`
}

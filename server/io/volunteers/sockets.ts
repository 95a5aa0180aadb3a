/**
 * Volunteers' sockets: parses what strangers send, once, and hands it to the gateway.
 *
 * Nothing gets past here unparsed. A socket that does not say hello in time, floods, or keeps sending
 * what is not the protocol is closed; a tab of ours never does these, and comes back by itself.
 */
import type { Server as HttpServer } from 'node:http'
import { type DefaultEventsMap, Server, type Socket } from 'socket.io'
import { z } from 'zod'
import { hashSchema } from '../../../shared/dataset.ts'
import {
  type ClientToServer,
  failedSchema,
  helloSchema,
  type JobCard,
  PROTOCOL_VERSION,
  readySchema,
  type ServerToClient,
  type Verdict,
  type Welcome,
} from '../../../shared/protocol.ts'
import type { Log } from '../log.ts'
import type { Gateway } from './gateway.ts'
import { TokenBucket } from './rateLimit.ts'
import { type Peer, publicId, type Volunteer } from './roster.ts'

export type SocketServer = Server<ClientToServer, ServerToClient, DefaultEventsMap, unknown>
type VolunteerSocket = Socket<ClientToServer, ServerToClient, DefaultEventsMap, unknown>

const HELLO_MS = 10_000
/**
 * The largest honest message is a delta: 8 bytes a row for the change of the fit, and as much again
 * for whatever else an app sends. 64 MiB is that for 4 million rows.
 */
const FRAME_BYTES_MAX = 64 << 20
/**
 * Beside the answers to its leases, which are as many as we have sent: a fast tab settles 300 short
 * leases a second (measured).
 */
const MESSAGES_PER_SECOND = 100
/** Messages that are not the protocol before the socket is closed. */
const NONSENSE_MAX = 20
const RTT_BLEND = 0.3
const ROOM = 'volunteers'
const droppedSchema = z.array(hashSchema).max(10_000)

/** No compression: leases are numbers that do not shrink, and deflate keeps state for every socket. */
export function createSocketServer(http: HttpServer): SocketServer {
  return new Server(http, {
    transports: ['websocket', 'polling'],
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: FRAME_BYTES_MAX,
    // Also how often the round trip is measured. No state recovery: it would replay stale leases.
    pingInterval: 10_000,
    pingTimeout: 20_000,
  })
}

export const broadcastCards = (io: SocketServer, cards: JobCard[]): void => {
  io.to(ROOM).emit('jobs', cards)
}

export function acceptVolunteers(io: SocketServer, gateway: Gateway, log: Log): void {
  const openedMs = new WeakMap<object, number>()
  io.engine.on('connection', (connection: object) => openedMs.set(connection, performance.now()))
  io.on('connection', (socket) => {
    // The client speaks as soon as it has heard "open": one round trip since then.
    const opened = openedMs.get(socket.conn)
    const rttMs = opened === undefined ? null : performance.now() - opened
    new VolunteerConnection(socket, gateway, log, rttMs)
  })
}

/**
 * Bytes that move to the engine's thread: small messages share their buffer with others and are copied,
 * large ones have one of their own.
 */
function ownBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
  return byteLength === buffer.byteLength ? bytes : bytes.slice()
}

class VolunteerConnection {
  readonly #socket: VolunteerSocket
  readonly #gateway: Gateway
  readonly #log: Log
  readonly #peer: Peer
  readonly #helloTimer: NodeJS.Timeout
  readonly #bucket = new TokenBucket(MESSAGES_PER_SECOND)
  #volunteer: Volunteer | null = null
  #rttMs: number | null
  #nonsense = 0

  constructor(socket: VolunteerSocket, gateway: Gateway, log: Log, rttMs: number | null) {
    this.#socket = socket
    this.#gateway = gateway
    this.#log = log
    this.#rttMs = rttMs
    this.#peer = peerOf(socket, () => this.#bucket.earn())
    this.#helloTimer = setTimeout(() => socket.disconnect(true), HELLO_MS)
    this.#listen()
    this.#measure()
  }

  #listen(): void {
    const socket = this.#socket
    socket.use((_event, next) => {
      if (this.#bucket.take(performance.now())) next()
      else this.#close('more messages than a tab has to send')
    })
    socket.on('hello', (hello: unknown, answer: unknown) =>
      this.#guard(() => this.#hello(hello, answer)),
    )
    socket.on('ready', (ready: unknown) =>
      this.#guard(() => {
        const parsed = this.#parse(readySchema, ready)
        if (!parsed || !this.#volunteer) return
        this.#gateway.ready(this.#volunteer, parsed)
      }),
    )
    socket.on('settled', (frame: unknown, answer: unknown) =>
      this.#guard(() => this.#settled(frame, answer)),
    )
    socket.on('failed', (failed: unknown) =>
      this.#guard(() => {
        const parsed = this.#parse(failedSchema, failed)
        if (parsed && this.#volunteer) this.#gateway.failed(this.#volunteer, parsed)
      }),
    )
    socket.on('dropped', (hashes: unknown) =>
      this.#guard(() => {
        const parsed = this.#parse(droppedSchema, hashes)
        if (parsed && this.#volunteer) this.#gateway.dropped(this.#volunteer, parsed)
      }),
    )
    socket.on('disconnect', () => {
      clearTimeout(this.#helloTimer)
      this.#leave()
    })
  }

  #leave(): void {
    if (this.#volunteer) this.#gateway.left(this.#volunteer, this.#peer)
    this.#volunteer = null
  }

  #hello(hello: unknown, answer: unknown): void {
    if (typeof answer !== 'function') {
      this.#close('hello without an acknowledgement')
      return
    }
    // Another version may say hello differently: its number comes before its shape.
    const version = (hello as { protocol?: unknown } | null)?.protocol
    if (typeof version === 'number' && version !== PROTOCOL_VERSION) {
      answer(wrongVersion(version))
      return
    }
    const parsed = helloSchema.safeParse(hello)
    if (!parsed.success) {
      const issue = parsed.error.issues[0]
      const error = `hello is not right: ${issue?.path.join('.')}: ${issue?.message}`
      answer({ ok: false, protocol: PROTOCOL_VERSION, error })
      return
    }
    // One connection is one volunteer, or a single one could fill the fleet with names.
    if (this.#volunteer && this.#volunteer.id !== publicId(parsed.data.volunteer)) this.#leave()
    const { volunteer, ...welcome } = this.#gateway.hello(parsed.data, this.#peer, this.#rttMs)
    answer(welcome)
    if (!volunteer) return
    clearTimeout(this.#helloTimer)
    this.#volunteer = volunteer
    void this.#socket.join(ROOM)
  }

  #settled(frame: unknown, answer: unknown): void {
    const reply = typeof answer === 'function' ? (answer as (verdict: Verdict) => void) : () => {}
    if (!this.#volunteer) {
      const detail = 'say hello first'
      reply({ accepted: false, reason: 'not-yours', detail })
      return
    }
    const bytes = ArrayBuffer.isView(frame) ? ownBytes(frame) : new Uint8Array(0)
    this.#gateway.settled(this.#volunteer, bytes, reply)
  }

  /** The heartbeat goes there and back: a round trip that needs nothing from the client's code. */
  #measure(): void {
    let sentMs: number | null = null
    this.#socket.conn.on('packetCreate', ({ type }: { type: string }) => {
      if (type === 'ping') sentMs = performance.now()
    })
    this.#socket.conn.on('packet', ({ type }: { type: string }) => {
      if (type !== 'pong' || sentMs === null) return
      const sampleMs = performance.now() - sentMs
      sentMs = null
      this.#rttMs = (this.#rttMs ?? sampleMs) + RTT_BLEND * (sampleMs - (this.#rttMs ?? sampleMs))
      if (this.#volunteer) this.#gateway.measured(this.#volunteer, this.#rttMs)
    })
  }

  #parse<T>(schema: z.ZodType<T>, value: unknown): T | null {
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    if (++this.#nonsense >= NONSENSE_MAX) this.#close('messages that are not the protocol')
    return null
  }

  /** A mistake of ours in one message must not end the server: it ends this connection. */
  #guard(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#log.error({ error }, 'a message could not be handled')
      this.#socket.disconnect(true)
    }
  }

  #close(why: string): void {
    // What a flood has left in the socket's buffer still comes by here; one line of log is enough.
    if (!this.#socket.connected) return
    this.#log.warn({ volunteer: this.#volunteer?.id, why }, 'socket closed')
    this.#socket.disconnect(true)
  }
}

function wrongVersion(theirs: number): Welcome {
  const what =
    theirs > PROTOCOL_VERSION
      ? 'This server is older than the page: update the server'
      : 'The page is older than this server: reload the page'
  const error = `${what} (the page speaks protocol ${theirs}, the server ${PROTOCOL_VERSION}).`
  return { ok: false, protocol: PROTOCOL_VERSION, error }
}

function peerOf(socket: VolunteerSocket, onLease: () => void): Peer {
  return {
    // A Buffer: the parser sends it as it is, where it would copy another view.
    lease: (frame) => {
      const bytes: unknown = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
      socket.emit('lease', bytes as ArrayBuffer)
      onLease()
    },
    ahead: (ahead) => void socket.emit('ahead', ahead),
    revoke: (message) => void socket.emit('revoke', message),
    notice: (notice) => void socket.emit('notice', notice),
    jobs: (cards) => void socket.emit('jobs', cards),
    credit: (credit) => void socket.emit('credit', credit),
    close: () => void socket.disconnect(true),
  }
}

/**
 * The coordinator worker: socket, session, cache, timers and the pool of compute workers in one
 * place that no hidden tab slows down. It performs what the session decides and tells the page
 * what to draw, at most four times a second.
 */
import * as comlink from 'comlink'
import './csp.ts'
import { type Hello, PROTOCOL_VERSION, type Ready } from '../../shared/protocol.ts'
import { hasSimd } from '../backends/load.ts'
import { Admissions } from './admissions.ts'
import { cacheBytesMax, openByteStore, ShardCache } from './cache.ts'
import { freshId } from './identity.ts'
import { Link } from './link.ts'
import { Memories } from './memories.ts'
import type {
  BackendUse,
  Control,
  Coordinator,
  Link as LinkState,
  Opening,
  Page,
  Snapshot,
} from './messages.ts'
import { Pool } from './pool.ts'
import { openSession, pausingOf, pending, type SessionEvent, step } from './session.ts'
import { ShardSource } from './shards.ts'
import { canNest, nestedSpawner, pageSpawner } from './spawner.ts'

const TICK_MS = 250
/** How long Stop waits for a running kernel before it ends the worker. */
const STOP_GRACE_MS = 2_500

// A clock that does not jump; its zero is the start of this worker.
const nowMs = (): number => performance.now()

class Tab {
  readonly #opening: Opening
  readonly #page: comlink.Remote<Page>
  readonly #cache: ShardCache
  readonly #shards: ShardSource
  readonly #link: Link
  readonly #pool: Pool
  readonly #session = openSession()
  readonly #memories = new Memories(freshId())
  #control: Control
  #stopTimer: ReturnType<typeof setTimeout> | undefined
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #changed = true
  #shownMs = 0
  /** The server has been told that this device cannot compute. */
  #gaveUp = false
  #linkState: LinkState = { state: 'connecting' }
  #name: string | null = null
  #jobs: Snapshot['jobs'] = []
  #job: string | null = null
  #notice: Snapshot['notice'] = null
  #backend: BackendUse | null = null
  #problem: string | null = null
  #updates = 0
  #bytesDown = 0
  #bytesUp = 0

  constructor(opening: Opening, page: comlink.Remote<Page>, cache: ShardCache) {
    this.#opening = opening
    this.#control = opening.control
    this.#page = page
    this.#cache = cache
    this.#shards = new ShardSource({
      cache,
      onBytes: (bytes) => {
        this.#bytesDown += bytes
      },
      onDropped: (hashes) => this.#dropped(hashes),
      isBusy: () => this.#session.leases.size > 0,
    })
    this.#pool = new Pool({
      spawner: canNest() ? nestedSpawner() : pageSpawner(page),
      admissions: new Admissions(opening.choice, opening.decisions, (all) => void page.keep(all)),
      lend: (hash, use) => this.#shards.lend(hash, use),
      duty: () => this.#control.duty,
      onAwake: () => this.#link.ready(this.#ready()),
      onStarted: (lease) => this.#do({ type: 'started', nowMs: nowMs(), lease }),
      onComputed: (lease, frame, backend) => {
        this.#backend = backend
        const sent = this.#memories.computed(lease, frame)
        this.#do({ type: 'computed', nowMs: nowMs(), lease, frame: sent })
      },
      onBroke: (lease, reason, detail) =>
        this.#do({ type: 'broke', nowMs: nowMs(), lease, reason, detail }),
      onChange: () => {
        this.#changed = true
      },
    })
    this.#link = this.#openLink()
  }

  start(): void {
    this.set(this.#control)
    this.#link.open()
    setInterval(() => this.#tick(), TICK_MS)
  }

  set(control: Control): void {
    const before = this.#control
    this.#control = control
    const pausing = pausingOf(this.#control)
    clearTimeout(this.#stopTimer)
    if (pausing) this.#do({ type: 'halted', nowMs: nowMs(), why: pausing })
    if (control.started) {
      if (!before.started) this.#fillPool()
      else if (this.#online) this.#pool.resize(control.workers)
    } else {
      this.#pool.resize(0)
      const detail = 'stopped by the person'
      this.#stopTimer = setTimeout(() => this.#pool.terminateRunning(detail), STOP_GRACE_MS)
    }
    this.#link.ready(this.#ready())
    this.#show()
  }

  #openLink(): Link {
    return new Link(self.location.origin, {
      hello: () => this.#hello(),
      onWelcome: ({ name, jobs }) => {
        this.#name = name
        this.#jobs = jobs
        this.#notice = null
        this.#do({ type: 'connected', nowMs: nowMs() })
        this.#fillPool()
        this.#link.ready(this.#ready())
      },
      onState: (state) => {
        this.#linkState = state
        if (state.state !== 'online') this.#do({ type: 'disconnected', nowMs: nowMs() })
        this.#changed = true
      },
      onLease: (head, frame) => {
        this.#bytesDown += frame.byteLength
        this.#job = head.job
        this.#notice = null
        const { whole, fault } = this.#memories.receive(head, frame)
        const refuse = pausingOf(this.#control) ?? fault
        this.#do({ type: 'leased', nowMs: nowMs(), head, frame: whole, refuse })
      },
      onAhead: (ahead) => {
        if (!pausingOf(this.#control)) this.#pool.ahead(ahead)
      },
      onRevoke: (lease) => this.#do({ type: 'revoked', nowMs: nowMs(), lease }),
      onNotice: (notice) => {
        this.#notice = notice
        this.#changed = true
        clearTimeout(this.#retryTimer)
        if (notice.retryMs === null) return
        this.#retryTimer = setTimeout(() => this.#link.ready(this.#ready()), notice.retryMs)
      },
      onJobs: (jobs) => {
        this.#jobs = jobs
        this.#changed = true
      },
      onCredit: ({ updates }) => {
        this.#updates = updates
        this.#changed = true
      },
      onNonsense: (what) => {
        this.#problem = `The server sent ${what}`
        this.#changed = true
      },
    })
  }

  get #online(): boolean {
    return this.#linkState.state === 'online'
  }

  /**
   * On Start and on every welcome: the workers' scripts come from the server, so they can only
   * start while it is there, and when it is back a worker that failed deserves another chance.
   */
  #fillPool(): void {
    if (!this.#control.started || !this.#online) return
    this.#pool.forgive()
    this.#gaveUp = false
    this.#pool.resize(this.#control.workers)
  }

  /** One event into the session, its effects out into the world. */
  #do(event: SessionEvent): void {
    const effects = step(this.#session, event)
    if (event.type !== 'tick' || effects.length > 0) this.#changed = true
    for (const effect of effects) {
      switch (effect.type) {
        case 'compute':
          this.#pool.assign(effect.head, effect.frame)
          break
        case 'cancel':
          this.#pool.cancel(effect.lease)
          break
        case 'handBack':
          this.#link.failed(effect.failed)
          break
        case 'deliver': {
          const { lease, frame } = effect
          this.#bytesUp += frame.byteLength
          this.#link.settled(frame, (verdict) =>
            this.#do({ type: 'answered', nowMs: nowMs(), lease, verdict }),
          )
          break
        }
      }
    }
  }

  #hello(): Hello {
    const { workers, duty } = this.#ready()
    const cached = new Set([...this.#pool.held(), ...this.#cache.hashes()])
    return {
      protocol: PROTOCOL_VERSION,
      volunteer: this.#opening.volunteer,
      agent: this.#opening.agent,
      workers,
      duty,
      // What a lease will use is known per app only once one came; this is what to expect.
      backend: this.#backend?.name ?? (hasSimd() ? 'wasm' : 'reference'),
      cached: [...cached].slice(0, 10_000),
      memory: this.#memories.name,
    }
  }

  #ready(): Ready {
    const { started, cause, workers, duty } = this.#control
    if (!started) return { workers: 0, duty, paused: 'stopped' }
    // To the owner a data saver is a person's wish like any other.
    if (cause) return { workers: 0, duty, paused: cause === 'save-data' ? 'user' : cause }
    return { workers: this.#pool.isAwake ? workers : 0, duty, paused: null }
  }

  #dropped(hashes: string[]): void {
    const held = new Set(this.#pool.held())
    const gone = hashes.filter((hash) => !held.has(hash))
    if (gone.length > 0) this.#link.dropped(gone)
  }

  #tick(): void {
    this.#do({ type: 'tick', nowMs: nowMs() })
    this.#pool.check(nowMs())
    void this.#shards.save()
    if (this.#pool.problem && !this.#gaveUp) {
      this.#gaveUp = true
      this.#link.ready(this.#ready())
    }
    // Also when nothing happens: the CPU share falls, and "working" becomes "waiting", with time.
    if (this.#changed || (this.#control.started && nowMs() - this.#shownMs > 1_000)) this.#show()
  }

  #show(): void {
    this.#changed = false
    this.#shownMs = nowMs()
    const { blocks, refused, lastRefusal, leases } = this.#session
    void this.#page.show({
      link: this.#linkState,
      name: this.#name,
      jobs: this.#jobs,
      job: this.#job,
      notice: this.#notice,
      workers: this.#pool.states,
      leases: leases.size,
      blocks,
      refused,
      lastRefusal,
      updates: this.#updates,
      pending: pending(this.#session),
      bytesDown: this.#bytesDown,
      bytesUp: this.#bytesUp,
      cacheBytes: this.#cache.bytes,
      cachePersistent: this.#cache.persistent,
      backend: this.#backend,
      cpuShare: this.#pool.cpuShare(nowMs(), navigator.hardwareConcurrency || 1),
      problem: this.#pool.problem ?? this.#problem,
    })
  }
}

let tab: Tab | undefined
/** Set before the cache was open. */
let latest: Control | undefined

const coordinator: Coordinator = {
  async open(opening, page) {
    const cache = await ShardCache.open(await openByteStore(), await cacheBytesMax())
    const control = latest ?? opening.control
    tab = new Tab({ ...opening, control }, page as unknown as comlink.Remote<Page>, cache)
    tab.start()
  },
  set(control) {
    latest = control
    tab?.set(control)
  },
}

comlink.expose(coordinator)

/** The owner API from the outside: HTTP with a bearer token, and failures as sentences. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { UserError } from '../../shared/errors.ts'
import type {
  ApiError,
  DatasetView,
  FleetView,
  JobView,
  RunLine,
  Submit,
} from '../../shared/protocol.ts'

export type JobAction = 'pause' | 'resume' | 'cancel'

/** How long to wait for an answer. */
export interface Patience {
  readonly answerMs: number
  /** The server opens the data first: minutes for the largest (OPEN_MS in server/io/jobs.ts). */
  readonly submitMs: number
}

const patience: Patience = { answerMs: 30_000, submitMs: 630_000 }

export class OwnerApi {
  readonly url: string
  readonly #token: string
  readonly #patience: Patience

  constructor(url: string, token: string, limits = patience) {
    this.url = url.replace(/\/+$/, '')
    this.#token = token
    this.#patience = limits
  }

  jobs(): Promise<JobView[]> {
    return this.#json('GET', '/api/jobs')
  }

  job(id: string): Promise<JobView> {
    return this.#json('GET', `/api/jobs/${encodeURIComponent(id)}`)
  }

  submit(submit: Submit): Promise<JobView> {
    return this.#json('POST', '/api/jobs', submit, this.#patience.submitMs)
  }

  act(id: string, action: JobAction): Promise<JobView> {
    return this.#json('POST', `/api/jobs/${encodeURIComponent(id)}/${action}`)
  }

  run(id: string, max: number): Promise<RunLine[]> {
    return this.#json('GET', `/api/jobs/${encodeURIComponent(id)}/run?max=${max}`)
  }

  datasets(): Promise<DatasetView[]> {
    return this.#json('GET', '/api/datasets')
  }

  async removeDataset(nameOrId: string): Promise<void> {
    await this.#json('DELETE', `/api/datasets/${encodeURIComponent(nameOrId)}`)
  }

  fleet(): Promise<FleetView> {
    return this.#json('GET', '/api/fleet')
  }

  /** A result file that is text. */
  async result(id: string, name: string): Promise<string> {
    return new TextDecoder().decode(await this.resultBytes(id, name))
  }

  async resultBytes(id: string, name: string): Promise<Uint8Array> {
    const path = `/api/jobs/${encodeURIComponent(id)}/results/${encodeURIComponent(name)}`
    const response = await this.#request('GET', path, {})
    return new Uint8Array(await response.arrayBuffer())
  }

  /** Send a file's bytes as they are; the server ingests them. */
  upload(path: string, query: Record<string, string>): Promise<DatasetView> {
    return this.#send(path, '/api/datasets', query)
  }

  /** Send the file with y, before the one with X; the answer is named there as targetUpload. */
  uploadTarget(path: string): Promise<{ upload: string }> {
    return this.#send(path, '/api/datasets/target', {})
  }

  async #send<T>(path: string, route: string, query: Record<string, string>): Promise<T> {
    const { size } = await stat(path)
    const response = await this.#request(
      'POST',
      `${route}?${new URLSearchParams({ filename: basename(path), ...query })}`,
      { 'content-type': 'application/octet-stream', 'content-length': String(size) },
      Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>,
    )
    return (await response.json()) as T
  }

  async #json<T>(
    method: string,
    path: string,
    body?: object,
    limitMs = this.#patience.answerMs,
  ): Promise<T> {
    const headers: Record<string, string> = body ? { 'content-type': 'application/json' } : {}
    const response = await this.#request(
      method,
      path,
      headers,
      body ? JSON.stringify(body) : undefined,
      limitMs,
    )
    return (await response.json()) as T
  }

  async #request(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string | ReadableStream<Uint8Array>,
    limitMs = this.#patience.answerMs,
  ): Promise<Response> {
    const streamed = body !== undefined && typeof body !== 'string'
    const init: RequestInit & { duplex?: 'half' } = {
      method,
      headers: { ...headers, authorization: `Bearer ${this.#token}` },
    }
    if (body !== undefined) init.body = body
    if (streamed) init.duplex = 'half'
    else init.signal = AbortSignal.timeout(limitMs)
    let response: Response
    try {
      response = await fetch(`${this.url}${path}`, init)
    } catch (error) {
      throw new UserError(unreachableServer(this.url, error, limitMs))
    }
    if (!response.ok) throw new UserError(await refusal(this.url, response))
    return response
  }
}

function unreachableServer(url: string, error: unknown, limitMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `The server at ${url} has not answered within ${limitMs / 1000} s; see its log, or try again.`
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const detail =
    cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : ''
  if (detail === 'ECONNREFUSED')
    return `No server answers at ${url}; start one with \`shoal serve\`, or name another with --url.`
  if (/CERT|SIGNATURE/.test(detail))
    return `The certificate of ${url} is not trusted here (${detail}); set NODE_EXTRA_CA_CERTS to its file, or use one that is signed.`
  return `The server at ${url} could not be reached (${detail}); check --url and the network.`
}

async function refusal(url: string, response: Response): Promise<string> {
  if (response.status === 401)
    return (
      `The server at ${url} refused the owner token; give the one in its data directory ` +
      '(file owner-token) with --token or SHOAL_TOKEN.'
    )
  const text = await response.text()
  try {
    const { error } = JSON.parse(text) as Partial<ApiError>
    if (error) return error
  } catch {
    // Not our server's JSON (a proxy's page): the status is all there is to say.
  }
  return `The server at ${url} answered ${response.status} ${response.statusText}.`
}

/** The owner API over HTTP: the token goes in a header, a failure becomes one sentence. */
import { forget, token } from './session.ts'

const BASE = '/api'

export const WRONG_TOKEN =
  'The server does not know this token; paste what is in the file owner-token of its data directory.'
const UNREACHABLE = 'The server does not answer. Is `shoal serve` running, and this machine online?'
const CUT_OFF = 'The connection broke during the upload, so nothing was stored. Try it again.'

/** What the server refused, in its own words; status 0 when it did not answer at all. */
export class ApiProblem extends Error {
  override name = 'ApiProblem'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * At most the first `bytesMax` of a text: a page that shows twenty lines must not fetch a gigabyte.
 * @throws ApiProblem
 */
export async function getText(
  path: string,
  bytesMax: number,
): Promise<{ text: string; isCut: boolean }> {
  const reader = (await request('GET', path)).body!.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { text: text + decoder.decode(), isCut: false }
    text += decoder.decode(value, { stream: true })
    bytes += value.length
    if (bytes <= bytesMax) continue
    await reader.cancel()
    // The last line is a part of one.
    return { text: text.slice(0, text.lastIndexOf('\n') + 1), isCut: true }
  }
}

/** Send a request as the owner. @throws ApiProblem */
export async function request(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Response> {
  const sentToken = token.value
  const headers: Record<string, string> = { Authorization: `Bearer ${sentToken ?? ''}` }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  const init: RequestInit = { method, headers, cache: 'no-store' }
  if (body !== undefined) init.body = JSON.stringify(body)
  const response = await fetch(BASE + path, init).catch(() => {
    throw new ApiProblem(0, UNREACHABLE)
  })
  if (response.ok) return response
  const problem = problemOf(response.status, await response.text())
  if (response.status === 401 && token.value === sentToken) forget(WRONG_TOKEN)
  throw problem
}

export async function get<T>(path: string): Promise<T> {
  return (await (await request('GET', path)).json()) as T
}

export async function post<T>(path: string, body: unknown = {}): Promise<T> {
  return (await (await request('POST', path, body)).json()) as T
}

/** The server's sentence, or one of ours where something else answered (a proxy, say). */
export function problemOf(status: number, text: string): ApiProblem {
  try {
    const { error } = JSON.parse(text) as { error?: unknown }
    if (typeof error === 'string' && error !== '') return new ApiProblem(status, error)
  } catch {
    // Not JSON: fall through to our own sentence.
  }
  if (status === 0) return new ApiProblem(0, UNREACHABLE)
  if (status === 401) return new ApiProblem(401, WRONG_TOKEN)
  return new ApiProblem(status, `The server answered with status ${status} and no explanation.`)
}

export interface Upload<T> {
  readonly done: Promise<T>
  abort(): void
}

/**
 * Send one file as the raw body. XMLHttpRequest, because fetch reports no upload progress; the
 * browser streams the file from disk, so its size does not matter here.
 */
export function upload<T>(
  path: string,
  file: Blob,
  onProgress: (sentBytes: number) => void,
): Upload<T> {
  const xhr = new XMLHttpRequest()
  const done = new Promise<T>((resolve, reject) => {
    xhr.open('POST', BASE + path)
    xhr.setRequestHeader('Authorization', `Bearer ${token.value ?? ''}`)
    xhr.setRequestHeader('Content-Type', 'application/octet-stream')
    xhr.upload.onprogress = ({ loaded }) => onProgress(loaded)
    xhr.onload = () => {
      if (xhr.status >= 200 && xhr.status < 300) {
        resolve(JSON.parse(xhr.responseText) as T)
        return
      }
      if (xhr.status === 401) forget(WRONG_TOKEN)
      reject(problemOf(xhr.status, xhr.responseText))
    }
    xhr.onerror = () => reject(new ApiProblem(0, CUT_OFF))
    xhr.onabort = () => reject(new ApiProblem(0, 'Upload cancelled; nothing was stored.'))
    xhr.send(file)
  })
  return { done, abort: () => xhr.abort() }
}

/** Download with the header, then hand the bytes to the browser: no token in any address. */
export async function save(path: string, filename: string): Promise<void> {
  const blob = await (await request('GET', path)).blob()
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = filename
  link.click()
  // The click only queues the download: revoking at once would race with it in some browsers.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** The owner API from the outside: what is said when a server is slow, away, or is none. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { UserError } from '../../shared/errors.ts'
import { OwnerApi } from './api.ts'

let server: Server
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

async function answering(listener: RequestListener): Promise<string> {
  server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

test('a submission may take as long as the data do; anything else may not', async () => {
  const url = await answering((request, response) => {
    setTimeout(() => json(200, { id: 'job' })(request, response), 300)
  })
  const api = new OwnerApi(url, 'token', { answerMs: 50, submitMs: 5000 })
  expect(await api.submit({ app: 'lasso', dataset: 'x', spec: {} })).toEqual({ id: 'job' })
  await expect(api.job('job')).rejects.toThrow(
    new UserError(
      `The server at ${url} has not answered within 0.05 s; see its log, or try again.`,
    ),
  )
})

test('refusals are the server’s own sentence, or its status', async () => {
  const sentence = 'There is no job "x".'
  const told = new OwnerApi(await answering(json(404, { error: sentence })), 'token')
  await expect(told.job('x')).rejects.toThrow(new UserError(sentence))
  const proxy = await answering((_request, response) => response.writeHead(502).end('<h1>Bad'))
  await expect(new OwnerApi(proxy, 'token').jobs()).rejects.toThrow(/answered 502 Bad Gateway\.$/)
  const locked = await answering(json(401, { error: 'no' }))
  await expect(new OwnerApi(locked, 'guess').jobs()).rejects.toThrow(/owner-token.*--token/)
})

test('a server that is not there is a sentence that says what to start', async () => {
  const url = await answering(() => {})
  server.close()
  await expect(new OwnerApi(url, 'token').jobs()).rejects.toThrow(/start one with `shoal serve`/)
})

test('a certificate that nobody has signed is named, with what to do about it', async () => {
  const cause = Object.assign(new Error('self-signed'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed', { cause })))
  try {
    await expect(new OwnerApi('https://lab', 'token').jobs()).rejects.toThrow(
      /^The certificate of https:\/\/lab is not trusted here .*NODE_EXTRA_CA_CERTS/,
    )
  } finally {
    vi.unstubAllGlobals()
  }
})

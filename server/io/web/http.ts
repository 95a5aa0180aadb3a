/**
 * HTTP: pages, shards, the owner API, metrics. Errors of people are sentences (ApiError) with a
 * status; errors of ours are a 500 without details, which go to the log.
 */
import type { Server } from 'node:http'
import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { UserError } from '../../../shared/errors.ts'
import { API, PROTOCOL_VERSION } from '../../../shared/protocol.ts'
import type { Log } from '../log.ts'
import { VERSION } from '../version.ts'
import type { Metrics } from './metrics.ts'
import { type OwnerApiOptions, ownerApi } from './ownerApi.ts'
import { secureHeaders, servePages } from './pages.ts'
import type { Shards } from './shards.ts'

export interface HttpOptions {
  log: Log
  tls: { cert: Buffer; key: Buffer } | null
  clientDir: string
  shards: Shards
  metrics: Metrics
  isOwner: (token: unknown) => boolean
}

/** JSON bodies are specs; files have routes of their own. */
const JSON_BYTES_MAX = 1 << 20
/** Per address and minute. Owners ask much; guests without a token have no business with the API. */
const API_PER_MINUTE = 1200
const GUEST_API_PER_MINUTE = 60
/** Uploads of gigabytes take their time; slow headers are met by Node's own headersTimeout. */
const REQUEST_MS_MAX = 3_600_000

export function createHttp({ log, tls }: Pick<HttpOptions, 'log' | 'tls'>): FastifyInstance {
  const common = {
    loggerInstance: log as FastifyBaseLogger,
    bodyLimit: JSON_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    forceCloseConnections: true,
    return503OnClosing: false,
  }
  return tls
    ? (fastify({ ...common, https: tls }) as unknown as FastifyInstance)
    : fastify<Server>(common)
}

export async function setUpHttp(
  app: FastifyInstance,
  options: HttpOptions & OwnerApiOptions,
): Promise<void> {
  const { isOwner, shards, metrics, clientDir } = options
  handleErrors(app, options.log)
  app.removeContentTypeParser('text/plain')
  await secureHeaders(app)
  app.get(`${API}/health`, () => ({ ok: true, version: VERSION, protocol: PROTOCOL_VERSION }))
  shards.routes(app)
  await app.register(async (scope) => {
    const bearer = (header: string | undefined): boolean =>
      isOwner(/^Bearer (.+)$/i.exec(header ?? '')?.[1])
    await scope.register(rateLimit, {
      global: false,
      timeWindow: '1 minute',
      max: (request) =>
        bearer(request.headers.authorization) ? API_PER_MINUTE : GUEST_API_PER_MINUTE,
      keyGenerator: (request) => `${request.ip} ${bearer(request.headers.authorization)}`,
    })
    // Before the token is looked at: who guesses at it is counted as well.
    scope.addHook('onRequest', scope.rateLimit())
    scope.addHook('onRequest', async (request, reply) => {
      if (bearer(request.headers.authorization)) return
      reply.header('www-authenticate', 'Bearer')
      throw new Unauthorized(
        'The owner token is missing or not right; it lies in the file owner-token.',
      )
    })
    await ownerApi(scope, options)
    scope.get('/metrics', async (_request, reply) =>
      reply.type(metrics.contentType).send(await metrics.text()),
    )
  })
  await servePages(app, clientDir)
}

class Unauthorized extends UserError {
  readonly statusCode = 401
}

function handleErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status =
      error instanceof UserError ? (error.statusCode ?? 400) : (error.statusCode ?? 500)
    if (status >= 500) {
      log.error({ error, url: request.url }, 'a request failed')
      const text = 'The server failed at this; its log (standard error) says why.'
      return reply.code(500).send({ error: text })
    }
    return reply.code(status).send({ error: sentence(error.message, status) })
  })
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      error: `There is nothing at ${request.method} ${request.url.slice(0, 200)}; ${whereElse(request.url)}`,
    }),
  )
}

/** Where whoever has lost their way may want to go: a program or a person. */
function whereElse(url: string): string {
  if (!/^\/api(\/|\?|$)/.test(url)) return 'volunteers open /, owners /dashboard.'
  return `calls begin with ${API}/apps, ${API}/datasets, ${API}/jobs or ${API}/fleet (shared/protocol.ts lists them).`
}

/** Fastify's own refusals, in our words where they need some. */
function sentence(message: string, status: number): string {
  // A path that leads out of the pages' folder, or is longer than paths are.
  if (message === 'Forbidden')
    return 'There is nothing there; volunteers open /, owners /dashboard.'
  if (status === 413)
    return /^Request body/.test(message)
      ? 'The request is too large; 1 MB is the limit here.'
      : message
  if (status === 415)
    return 'The body must be JSON; send it with the header Content-Type: application/json.'
  if (/is not valid JSON/.test(message))
    return 'The body is not valid JSON; check its quotes, commas and braces.'
  if (status === 429) return 'Too many requests from this address; wait a minute.'
  return message
}

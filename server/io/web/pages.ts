/** The built pages: the volunteer's at /, the owner's at /dashboard, and what they load. */
import { existsSync } from 'node:fs'
import { join, sep } from 'node:path'
import helmet from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/**
 * Headers of every answer. Pages run their own scripts and WebAssembly and nothing else, nobody may
 * frame them, and they are cross-origin isolated (SharedArrayBuffer, precise timers) where the
 * browser agrees. `ws:` and `wss:` are spelt out because older Safari does not take 'self' for them.
 * No upgrade-insecure-requests and no HSTS: a classroom opens plain http://192.168.….
 */
export async function secureHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
        workerSrc: ["'self'"],
        connectSrc: ["'self'", 'ws:', 'wss:'],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginEmbedderPolicy: { policy: 'require-corp' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    strictTransportSecurity: false,
  })
  // Where the origin is not trustworthy browsers ignore this header, and complain of it on the console.
  app.addHook('onRequest', async (request, reply) => {
    if (!isTrustworthy(request)) reply.removeHeader('cross-origin-opener-policy')
  })
}

/** What browsers call potentially trustworthy: HTTPS (a proxy's, too) and this computer itself. */
function isTrustworthy({ protocol, headers, hostname }: FastifyRequest): boolean {
  const isSecure = protocol === 'https' || headers['x-forwarded-proto'] === 'https'
  return isSecure || /^(.*\.)?localhost$|^127\.|^\[?::1\]?$/.test(hostname)
}

export async function servePages(app: FastifyInstance, clientDir: string): Promise<void> {
  if (!existsSync(join(clientDir, 'index.html'))) {
    const text = 'The pages are not built: run "npm run setup", then start the server again.\n'
    for (const path of ['/', '/dashboard'])
      app.get(path, (_request, reply) => reply.code(503).type('text/plain').send(text))
    return
  }
  await app.register(fastifyStatic, {
    root: clientDir,
    cacheControl: false,
    // Files under assets/ have the hash of their content in the name.
    setHeaders: (reply, path) => {
      const immutable = path.includes(`${sep}assets${sep}`)
      reply.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  app.get('/dashboard', (_request, reply) => reply.sendFile('dashboard.html'))
  app.get('/dashboard/', (_request, reply) => reply.redirect('/dashboard'))
}

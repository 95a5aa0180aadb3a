/** The owner's HTTP API (shared/protocol.ts lists the routes). Every route here needs the token. */
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AnyApp, AppView } from '../../../shared/app.ts'
import { DATASET_KINDS } from '../../../shared/dataset.ts'
import { UserError } from '../../../shared/errors.ts'
import { faultsOf } from '../../../shared/issues.ts'
import { API, type FleetView, submitSchema } from '../../../shared/protocol.ts'
import { Conflict, NotFound } from '../httpErrors.ts'
import { CORPUS_FORMATS } from '../ingest/corpus/ingestCorpus.ts'
import type { IngestInput } from '../ingest/ingest.ts'
import type { IngestHost } from '../ingest/ingestHost.ts'
import type { Jobs } from '../jobs.ts'
import { isActive, type Store } from '../store/store.ts'
import type { Uploads } from './uploads.ts'
import { downSample, jobView } from './views.ts'

export interface OwnerApiOptions {
  store: Store
  jobs: Jobs
  apps: Readonly<Record<string, AnyApp>>
  ingestHost: IngestHost
  uploads: Uploads
  fleet: () => FleetView
  urls: () => { volunteer: string[]; dashboard: string[]; secure: boolean }
  /** A dataset came or went. */
  onDatasets: () => void
}

type ById = { Params: { id: string } }

const RUN_LINES_MAX = 10_000

const fileNameSchema = z.string().min(1).max(300)
const uploadQuery = z.strictObject({
  filename: fileNameSchema,
  name: z.string().min(1).max(100).optional(),
  target: z.string().min(1).max(200).optional(),
  impute: z.enum(['mean']).optional(),
  targetUpload: z.string().max(100).optional(),
  kind: z.enum(DATASET_KINDS).optional(),
  testUpload: z.string().max(100).optional(),
  holdout: z.coerce.number().gt(0).lt(1).optional(),
  validation: z.coerce.number().gt(0).lt(1).optional(),
  seed: z.coerce.number().int().min(0).max(0xffffffff).optional(),
  vocabUpload: z.string().max(100).optional(),
  corpusFormat: z.enum(CORPUS_FORMATS).exclude(['folder']).optional(),
  minDocumentFrequency: z.coerce.number().int().min(0).max(1e9).optional(),
  minWordLength: z.coerce.number().int().min(1).max(100).optional(),
  stopWords: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
})
const targetQuery = z.strictObject({ filename: fileNameSchema })
const runQuery = z.strictObject({
  max: z.coerce.number().int().min(1).max(RUN_LINES_MAX).default(500),
})

/** @throws UserError that names the field. */
function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new UserError(`${what} is not right: ${faultsOf(parsed.error.issues)}.`)
}

export async function ownerApi(app: FastifyInstance, options: OwnerApiOptions): Promise<void> {
  const { apps, fleet, urls } = options
  app.get(`${API}/urls`, () => urls())
  app.get(`${API}/fleet`, () => fleet())
  app.get(`${API}/apps`, () => Object.values(apps).map(appView))
  jobRoutes(app, options)
  datasetRoutes(app, options)
  await app.register(async (scope) => uploadRoutes(scope, options))
}

function appView({ spec, ...app }: AnyApp): AppView {
  const { name, title, purpose, dataset, summaryLine, flags, plots } = app
  // Where a spec cannot be empty, its defaults stand in the flags' texts alone.
  const defaults = (spec.safeParse({}).data ?? {}) as Record<string, unknown>
  return { name, title, purpose, dataset, summaryLine, flags, ...(plots && { plots }), defaults }
}

function jobRoutes(app: FastifyInstance, { store, jobs, apps }: OwnerApiOptions): void {
  const path = `${API}/jobs`
  app.get(path, () => jobs.records().map((record) => jobView(record, apps)))
  app.post(path, async (request) =>
    jobView(await jobs.submit(parse(submitSchema, request.body, 'The job')), apps),
  )
  app.get<ById>(`${path}/:id`, (request) => jobView(jobs.record(request.params.id), apps))
  for (const command of ['pause', 'resume', 'cancel'] as const)
    app.post<ById>(`${path}/:id/${command}`, async (request) =>
      jobView(await jobs.command(request.params.id, command), apps),
    )
  app.get<ById>(`${path}/:id/run`, (request, reply) => {
    const { id } = jobs.record(request.params.id)
    const { max } = parse(runQuery, request.query, 'The query')
    const { lines, total } = downSample(() => store.runLines(id), max)
    reply.header('x-total-count', total)
    return lines
  })
  app.get<{ Params: { id: string; name: string } }>(
    `${path}/:id/results/:name`,
    (request, reply) => {
      const { id, name } = request.params
      const { results } = jobs.record(id)
      const file = store.result(id, name)
      if (!file)
        throw new NotFound(
          results.length
            ? `Job ${id} has no result "${name}"; it has ${results.join(', ')}.`
            : `Job ${id} has no results yet; they come when it has finished.`,
        )
      return reply
        .type(file.bytes ? file.mediaType : `${file.mediaType}; charset=utf-8`)
        .header('content-disposition', `attachment; filename="${name.replace(/[^\w.-]/g, '_')}"`)
        .send(file.bytes ? Buffer.from(file.bytes) : file.text)
    },
  )
}

function datasetRoutes(app: FastifyInstance, { store, jobs, onDatasets }: OwnerApiOptions): void {
  app.get(`${API}/datasets`, () => store.datasets())
  app.delete<ById>(`${API}/datasets/:id`, async (request) => {
    const { id } = request.params
    const dataset = store.dataset(id)
    if (!dataset) throw new NotFound(`There is no dataset "${id}"; "shoal datasets" lists them.`)
    const user = jobs.records().find((job) => isActive(job) && job.dataset === dataset.manifest.id)
    if (user)
      throw new Conflict(
        `Job ${user.id} (${user.name}) uses ${dataset.manifest.name}; cancel it first.`,
      )
    await store.deleteDataset(id)
    onDatasets()
    return {}
  })
}

/** In a scope of its own: here a body of any type is a stream that nothing has parsed or limited. */
function uploadRoutes(app: FastifyInstance, options: OwnerApiOptions): void {
  const { ingestHost, uploads, onDatasets } = options
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  const bodyOf = (request: FastifyRequest): Readable => {
    if (request.body) return request.body as Readable
    throw new UserError('The request has no body; send the file as the body.')
  }
  app.post(`${API}/datasets/target`, async (request) => {
    const { filename } = parse(targetQuery, request.query, 'The query')
    return { upload: await uploads.keep(await uploads.receive(bodyOf(request), filename)) }
  })
  app.post(`${API}/datasets`, async (request) => {
    const query = parse(uploadQuery, request.query, 'The query')
    const { filename, targetUpload, testUpload, vocabUpload, ...given } = query
    const sentBefore = { target: targetUpload, test: testUpload, vocab: vocabUpload }
    const file = await uploads.receive(bodyOf(request), filename)
    const files = [file]
    try {
      const known = Object.entries(given).filter(([, value]) => value !== undefined)
      const input: IngestInput = {
        ...Object.fromEntries(known),
        ...{ path: file.path, fileName: file.fileName, tempDir: uploads.dir },
      }
      for (const [what, id] of Object.entries(sentBefore)) {
        if (id === undefined) continue
        const { path, fileName } = uploads.take(id)
        files.push({ path, fileName })
        Object.assign(input, { [`${what}Path`]: path, [`${what}FileName`]: fileName })
      }
      return await ingestHost.ingest(input)
    } finally {
      for (const each of files) await uploads.discard(each)
      onDatasets()
    }
  })
}

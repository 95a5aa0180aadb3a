/** From what an owner asks for to the record of a job, or a sentence that says why there is none. */
import { randomBytes } from 'node:crypto'
import type { AnyApp } from '../../shared/app.ts'
import type { DatasetKind, Manifest } from '../../shared/dataset.ts'
import { UserError } from '../../shared/errors.ts'
import { faultsOf } from '../../shared/issues.ts'
import type { JobCounters, Submit } from '../../shared/protocol.ts'
import type { JobRecord, Store } from './store/store.ts'

const noCounters: JobCounters = {
  ...{ leases: 0, deltas: 0, refused: 0, expired: 0, updates: 0 },
  ...{ computeMs: 0, elapsedMs: 0, heldMs: 0, engineMs: 0, checkMs: 0 },
  ...{ bytesDown: 0, bytesUp: 0, volunteers: 0, leaseP50Ms: null, leaseP95Ms: null },
}

const contents: Readonly<Record<DatasetKind, string>> = {
  ...{ matrix: 'a table of numbers', ratings: 'ratings', corpus: 'texts' },
  examples: 'labelled examples',
}

/** @throws UserError when app, dataset or spec are not right, or do not go together. */
export function draftJob(
  submit: Submit,
  store: Pick<Store, 'dataset' | 'datasets'>,
  apps: Readonly<Record<string, AnyApp>>,
): JobRecord {
  const app = Object.hasOwn(apps, submit.app) ? apps[submit.app] : undefined
  if (!app)
    throw new UserError(
      `There is no app "${submit.app}"; this server has ${Object.keys(apps).join(', ')}.`,
    )
  const dataset = store.dataset(submit.dataset)
  if (!dataset) {
    const names = store.datasets().map(({ manifest }) => manifest.name)
    const hint = names.length > 0 ? `, or pick one of: ${names.join(', ')}` : ''
    throw new UserError(
      `There is no dataset "${submit.dataset}"; ingest a file with that name${hint}.`,
    )
  }
  checkKind(app, dataset.manifest)
  const { id, name, rows, columns, bytes } = dataset.manifest
  const parsed = app.spec.safeParse(submit.spec)
  if (!parsed.success)
    throw new UserError(
      `The spec of this ${submit.app} job is not right: ${faultsOf(parsed.error.issues)}.`,
    )
  return {
    id: randomBytes(6).toString('hex'),
    name: submit.name ?? `${app.title}: ${name}`,
    purpose: submit.purpose ?? app.purpose,
    app: submit.app,
    dataset: id,
    datasetShape: { name: submit.dataset === id ? name : submit.dataset, rows, columns, bytes },
    spec: parsed.data as Record<string, unknown>,
    seed: submit.seed ?? randomBytes(4).readUInt32LE(),
    ...{ status: 'running', error: null, createdMs: Date.now(), finishedMs: null, runningMs: 0 },
    ...{ epoch: 0, phase: 'opening', fraction: null, values: {}, counters: { ...noCounters } },
    ...{ summary: null, results: [] },
  }
}

/**
 * Here and not in every app: a table that is cut by columns has the same file format as one that is
 * cut by examples, and an app on the wrong one would refuse what honest tabs compute.
 */
function checkKind({ title, dataset }: AnyApp, { kind, name }: Manifest): void {
  if (kind === dataset) return
  throw new UserError(
    `${title} needs ${contents[dataset]}, and dataset ${name} holds ${contents[kind]}; ` +
      `ingest its file with --kind ${dataset}, or choose another dataset.`,
  )
}

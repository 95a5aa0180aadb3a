/** What makes a demo: shipped data, a job, and words around both. demo.ts tells it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { AnyApp } from '../../../shared/app.ts'
import type { DataOptions } from '../dataOptions.ts'
import type { Outcome } from '../pipeline.ts'

export interface Demo {
  app: AnyApp
  /** What volunteers are told. */
  jobName: string
  purpose: string
  /** Lines before anything happens. */
  opening: readonly string[]
  data: DataOptions & { data: string; datasetName: string }
  spec: Record<string, unknown>
  /** What the tabs do, after the job's title. */
  computing: string
  /** What has come out of it, for people; each line is indented below the first. */
  result(outcome: Outcome): Promise<string[]>
}

/** A file shipped with the project; see the NOTICE beside it. */
export function shipped(...path: string[]): string {
  return join(fileURLToPath(new URL('../../public/data', import.meta.url)), ...path)
}

/** Its lines, unpacked when the file is gzipped. */
export function shippedLines(...path: string[]): string[] {
  const file = shipped(...path)
  const bytes = readFileSync(file)
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return text.trimEnd().split('\n')
}

/** Lines of a CSV of ours after its head, cut at commas; for files without quotes. */
export function rowsOf(csv: string): string[][] {
  return csv
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
}

/** What came out: the summary, the files, and a look into them. */
import { useEffect, useState } from 'preact/hooks'
import type { JobView } from '../../../shared/protocol.ts'
import type { JobPage, ResultTexts } from '../apps/page.ts'
import { pageOf } from '../apps/pages.ts'
import { formatNumber } from '../pure/format.ts'
import { resultPath } from '../pure/urls.ts'
import { getText, save } from '../state/api.ts'
import { attempt } from '../state/toasts.ts'
import { FilePreviews } from './FilePreviews.tsx'

/** Longer files are looked into at their beginning: a page of this size still draws at once. */
const READ_BYTES_MAX = 16e6

export function Results({ job }: { job: JobView }) {
  const page = pageOf(job)
  const texts = useTexts(job, page.reads)
  return (
    <section class="stack" aria-labelledby="results-title">
      <div class="card stack">
        <div class="row spread">
          <h2 id="results-title">Results</h2>
          <ul class="row tight plain-list" aria-label="Result files">
            {job.results.map((name) => (
              <li key={name}>
                <button
                  type="button"
                  class="small"
                  onClick={() => void attempt(() => save(resultPath(job.id, name), name))}
                >
                  <span aria-hidden="true">↓</span> {name}
                </button>
              </li>
            ))}
          </ul>
        </div>
        {job.summary !== null && <Summary summary={job.summary} />}
      </div>
      <page.Results job={job} texts={texts} />
      <FilePreviews job={job} known={page.reads} />
    </section>
  )
}

/** Load each known file once; one that fails is said in a toast and its preview left out. */
function useTexts(job: JobView, reads: JobPage['reads']): ResultTexts {
  const [texts, setTexts] = useState<ResultTexts>({})
  const names = reads.filter((name) => job.results.includes(name)).join()
  // `names` says all that matters of the job here: its other fields change four times a second.
  useEffect(() => {
    let gone = false
    for (const name of reads.filter((known) => names.split(',').includes(known))) {
      void attempt(async () => {
        const text = await getText(resultPath(job.id, name), READ_BYTES_MAX)
        if (!gone) setTexts((old) => ({ ...old, [name]: text }))
      })
    }
    return () => {
      gone = true
    }
  }, [job.id, names])
  return texts
}

/** summary.json as the app wrote it: nested objects as "outer · inner". */
function Summary({ summary }: { summary: Record<string, unknown> }) {
  const rows = [...flatten(summary, '')]
  return (
    <details>
      <summary>Summary: {rows.length} numbers for the record</summary>
      <table class="plain-table">
        <caption class="quiet">Summary of the job</caption>
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{typeof value === 'number' ? formatNumber(value, 10) : String(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}

function* flatten(
  object: Record<string, unknown>,
  prefix: string,
): Generator<[name: string, value: unknown]> {
  for (const [name, value] of Object.entries(object)) {
    const isNested = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (isNested) yield* flatten(value as Record<string, unknown>, `${prefix}${name} · `)
    else if (value !== null) yield [prefix + name, value]
  }
}

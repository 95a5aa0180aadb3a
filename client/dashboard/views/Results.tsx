/** What came out: the summary, the files, and a look into them. */
import { useEffect, useState } from 'preact/hooks'
import type { JobView } from '../../../shared/protocol.ts'
import { formatNumber } from '../pure/format.ts'
import { request, save } from '../state/api.ts'
import { attempt } from '../state/toasts.ts'
import { CoefficientTable } from './CoefficientTable.tsx'
import { PathPlots } from './PathPlots.tsx'

const resultPath = (job: string, name: string): string =>
  `/jobs/${encodeURIComponent(job)}/results/${encodeURIComponent(name)}`

/** The files that are looked into; others are only offered. */
const READ = ['coefficients.csv', 'path.csv', 'path_coefficients.csv', 'cv.csv'] as const
export type ResultTexts = Partial<Record<(typeof READ)[number], string>>

export function Results({ job }: { job: JobView }) {
  const texts = useTexts(job)
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
      {texts['coefficients.csv'] !== undefined && (
        <CoefficientTable text={texts['coefficients.csv']} />
      )}
      <PathPlots texts={texts} />
    </section>
  )
}

/** Load each known file once; one that fails is said in a toast and its preview left out. */
function useTexts(job: JobView): ResultTexts {
  const [texts, setTexts] = useState<ResultTexts>({})
  const names = READ.filter((name) => job.results.includes(name)).join()
  // `names` says all that matters of the job here: its other fields change four times a second.
  useEffect(() => {
    let gone = false
    for (const name of READ.filter((known) => names.split(',').includes(known))) {
      void attempt(async () => {
        const text = await (await request('GET', resultPath(job.id, name))).text()
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

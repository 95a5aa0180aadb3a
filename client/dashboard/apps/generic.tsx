/** An app that has no page of its own: whatever it names is shown by its name. */
import type { JobView } from '../../../shared/protocol.ts'
import { Curve } from '../parts/Curve.tsx'
import { formatNumber } from '../pure/format.ts'
import { spaced } from '../pure/kinds.ts'
import { numbersOf } from '../pure/progress.ts'
import { column } from '../pure/series.ts'
import type { JobPage } from './page.ts'

/** More of a spec does not fit a line. */
const SPEC_SHOWN = 4

const title = (name: string): string => {
  const words = spaced(name)
  return words[0]!.toUpperCase() + words.slice(1)
}

function figures(job: JobView) {
  const numbers = numbersOf(job)
  return Object.keys(job.values).map((name) => ({
    name: title(name),
    value: formatNumber(numbers[name]),
  }))
}

export const generic: JobPage = {
  line: (spec) =>
    Object.entries(spec)
      .filter(([, value]) => typeof value === 'number' || typeof value === 'string')
      .slice(0, SPEC_SHOWN)
      .map(([name, value]) => `${spaced(name)} ${value}`)
      .join(', '),
  details: () => [],
  brief: (job) => figures(job).slice(0, 3),
  figures,
  Curves({ job, lines }) {
    const names = [...new Set(lines.flatMap(({ values }) => Object.keys(values)))]
    return (
      <>
        {names.map((name) => (
          <Curve
            key={name}
            title={title(name)}
            subject={`The value “${spaced(name)}”`}
            lines={lines}
            syncKey={job.id}
            series={[
              {
                ...{ label: spaced(name), color: '--accent' },
                values: column(lines, (values) => values[name]),
              },
            ]}
          />
        ))}
      </>
    )
  },
  reads: [],
  Results: () => null,
}

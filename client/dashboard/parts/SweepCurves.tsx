/** The curves of an app that goes in sweeps, over sweeps or over time as one likes. */
import { useState } from 'preact/hooks'
import type { RunLine } from '../../../shared/protocol.ts'
import { column, measured } from '../pure/series.ts'
import { bySweep } from '../pure/sweeps.ts'
import { Curve } from './Curve.tsx'
import { Choice } from './Field.tsx'

export interface SweepCurve {
  readonly title: string
  readonly subject: string
  /** Names of the values, each with the word beside its curve. */
  readonly values: readonly (readonly [name: string, label: string])[]
  readonly format?: (value: number) => string
  readonly wide?: boolean
  /** Measured only now and then. */
  readonly rare?: boolean
}

interface Props {
  readonly job: string
  readonly lines: readonly RunLine[]
  /** Sweeps that a line has behind it. */
  readonly done: (line: RunLine) => number | null
  readonly curves: readonly SweepCurve[]
  /** What the app calls one pass over its data. */
  readonly pass?: 'sweep' | 'epoch'
}

const COLORS = ['--accent', '--coral', '--good'] as const

export function SweepCurves({ job, lines, done, curves, pass = 'sweep' }: Props) {
  const [axis, setAxis] = useState<'sweeps' | 'time'>('sweeps')
  const reduced = bySweep(lines, done)
  const shown = axis === 'sweeps' ? reduced.lines : lines
  const known = curves
    .map((curve) => ({ ...curve, values: curve.values.filter(([name]) => has(lines, name)) }))
    .filter(({ values }) => values.length > 0)
  return (
    <>
      <div class="wide">
        <Choice
          label="Curves"
          options={[
            ['sweeps', `Over ${pass}s`],
            ['time', 'Over time'],
          ]}
          value={axis}
          onChange={setAxis}
          quiet
        />
      </div>
      {reduced.sweeps.length === 0 && axis === 'sweeps' ? (
        <p class="card muted wide">Curves begin with the end of the first {pass}.</p>
      ) : (
        known.map(({ title, subject, values, format, wide, rare }) => (
          <Curve
            key={title}
            {...{ title, subject, wide, syncKey: job, lines: shown }}
            sweeps={axis === 'sweeps' ? reduced.sweeps : undefined}
            series={values.map(([name, label], i) => {
              const told = column(shown, (all) => all[name])
              return {
                ...{ label, color: COLORS[i]!, values: rare ? measured(told) : told },
                ...(format && { format }),
              }
            })}
          />
        ))
      )}
    </>
  )
}

const has = (lines: readonly RunLine[], name: string): boolean =>
  lines.some(({ values }) => values[name] !== undefined)

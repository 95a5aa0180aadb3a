/** A grid of named numbers. */
import type { ComponentChildren } from 'preact'

export interface Figure {
  readonly name: string
  readonly value: ComponentChildren
  /** A second, quieter line: what it is measured against. */
  readonly note?: ComponentChildren
}

export function Figures({ figures, large }: { figures: readonly Figure[]; large?: boolean }) {
  return (
    <dl class={large ? 'figure-grid large' : 'figure-grid'}>
      {figures.map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <span class="figures">{value}</span>
            {note !== undefined && note !== null && <span class="small muted">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  )
}

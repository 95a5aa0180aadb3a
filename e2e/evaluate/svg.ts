/** Plots as inline SVG: no script, no network, light and dark, readable in print. */

/** Few, far apart for every common kind of colour vision (Okabe and Ito 2008). Grey is for context. */
export type Tone = 'blue' | 'orange' | 'green' | 'purple' | 'grey'

export interface Series {
  readonly name: string
  /** y = Infinity: out of the picture (it diverged, it never got there); drawn as a cross at the top. */
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly tone?: Tone
  readonly dashed?: boolean
  /** A dot at every point: for few points that were measured one by one. */
  readonly dots?: boolean
}

export interface Axis {
  /** With its unit. */
  readonly label: string
  readonly log?: boolean
  readonly min?: number
  readonly max?: number
  /** Where labels stand; by default wherever round numbers are. */
  readonly ticks?: readonly number[]
}

export interface Plot {
  readonly title: string
  /** What one would tell somebody who cannot see it. */
  readonly desc: string
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
  /** What a cross at the top says: "diverges". */
  readonly beyond?: string
}

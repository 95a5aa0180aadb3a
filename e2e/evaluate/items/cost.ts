/** Item 5: what a leased variable costs the server, in real time and in memory, against d and volunteers. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { lasso } from '../../../shared/apps/lasso/app.ts'
import { seededRandom } from '../../../shared/random.ts'
import { Nearest } from '../../../shared/schedule/dependency.ts'
import { neighboursDataset } from '../../../shared/schedule/families.ts'
import { openPicker } from '../../../shared/schedule/openPicker.ts'
import type { Item, ItemOptions, Table } from '../report.ts'
import { type ServerCost, serverRun } from '../serverRun.ts'
import type { Plot } from '../svg.ts'

/** STRADS as its papers have it: every variable of a lease is drawn, filtered, leased and put back. */
const SAP = { policy: 'sap', workingSet: false, warmup: 0, rho: 0.1 } as const
const VOLUNTEERS = 8
/** Of a lease: few enough that the filter has something to choose from at d = 10⁴, too. */
const VARIABLES = 100
/** … and with ten thousand volunteers at d = 10⁶. */
const VARIABLES_FEW = 10
const TARGET_US = 10

interface AgainstD {
  readonly columns: number
  readonly cost: ServerCost
  readonly memory: Memory
}

interface Memory {
  /** Bytes a variable: of a SAP picker with its filter, and of everything a job opens. */
  readonly picker: number
  readonly job: number
}

/** Per variable, of what the schedule keeps (bytes): as declared where it is defined. */
const ARRAYS: readonly (readonly [what: string, where: string, bytes: number])[] = [
  ['weight of every variable (f64)', 'fenwick.ts', 8],
  ['partial sums (f64)', 'fenwick.ts', 8],
  ['pool, and place in it (2 × u32)', 'importance.ts', 8],
  ['in flight, by place (1.03 bits)', 'sortedBits.ts', 0.129],
  ['leased, screened (u8)', 'track.ts', 1],
  ['work of a visit (u32)', 'design.ts', 4],
  ['gradient as last seen (f32)', 'track.ts', 4],
]

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of typed arrays that are alive. */
function arrayBytes(): number {
  collect()
  return process.memoryUsage().arrayBuffers
}

/** @returns what `open` made, and the bytes of arrays it keeps, per variable. */
function weighed<T>(columns: number, open: () => T): { made: T; bytes: number } {
  const before = arrayBytes()
  const made = open()
  return { made, bytes: (arrayBytes() - before) / columns }
}

function memoryOf(dataset: ReturnType<typeof neighboursDataset>, seed: number): Memory {
  const { columns } = dataset.manifest
  const spec = lasso.spec.parse({ lambdaRatio: 0.1, schedule: SAP })
  const variables = {
    count: columns,
    filter: (rho: number) => new Nearest(columns, () => 0, rho, 2),
    step: () => 0,
    within: false,
  }
  const picker = weighed(columns, () => openPicker(spec.schedule, variables, seededRandom(seed)))
  const job = weighed(columns, () => lasso.open(spec, dataset, seededRandom(seed)))
  // Both are asked something after they were weighed, so that neither is gone before.
  if (picker.made.next(1).length !== 1 || lasso.finished(job.made))
    throw new Error('a fresh picker has a variable to give, and a fresh job is not finished')
  return { picker: picker.bytes, job: job.bytes }
}

const totalUs = ({ scheduleUs, pullUs, engineUs, fleetUs }: ServerCost): number =>
  scheduleUs + pullUs + engineUs + fleetUs

function againstD({ quick, seed, progress }: ItemOptions): AgainstD[] {
  const sizes = quick ? [1e4, 1e5, 1e6] : [1e4, 1e5, 1e6, 1e7]
  return sizes.map((columns) => {
    progress(`d = ${columns.toLocaleString('en-US')}`)
    // 1.5 GB at d = 10⁷ and 25 non-zeros; what is measured hardly depends on them.
    const dataset = neighboursDataset({ seed, columns, perColumn: columns > 1e6 ? 5 : 25 })
    const memory = memoryOf(dataset, seed)
    const cost = serverRun({
      ...{ dataset, seed, variables: VARIABLES, volunteers: VOLUNTEERS },
      ...{ schedule: SAP, leases: 500 },
    })
    return { columns, cost, memory }
  })
}

function againstVolunteers({ quick, seed, progress }: ItemOptions) {
  const dataset = neighboursDataset({ seed, columns: quick ? 1e5 : 1e6 })
  return [1, 10, 100, 1_000, ...(quick ? [] : [10_000])].map((volunteers) => {
    progress(`${volunteers.toLocaleString('en-US')} volunteers`)
    // Everybody is served at least once, so that the line and the histories are as long as they get.
    const leases = Math.max(volunteers, quick ? 100 : 300)
    const options = { dataset, seed, schedule: SAP, volunteers, leases }
    return { volunteers, cost: serverRun({ ...options, variables: VARIABLES_FEW }) }
  })
}

const cells = (cost: ServerCost) => [
  Math.round(cost.variables),
  cost.scheduleUs / cost.variables,
  cost.pullUs / cost.variables,
  (cost.engineUs + cost.fleetUs) / cost.variables,
  totalUs(cost) / cost.variables,
  cost.engineUs + cost.fleetUs,
  totalUs(cost),
]
const HEAD = [
  'variables a lease',
  'schedule, µs a variable',
  'check + pull',
  'engine, fleet',
  'in all',
  'engine, fleet, µs a lease',
  'in all, µs a lease',
]

function plotOf(rows: readonly AgainstD[]): Plot {
  const points = (us: (cost: ServerCost) => number) =>
    rows.map(({ columns, cost }) => [columns, us(cost) / cost.variables] as const)
  return {
    title: 'Server time a leased variable',
    desc: `Microseconds against the number of variables: ${rows.map(({ columns, cost }) => `${(totalUs(cost) / cost.variables).toFixed(2)} at ${columns.toExponential(0)}`).join(', ')}.`,
    x: { label: 'variables d', log: true },
    y: { label: 'µs a variable', min: 0 },
    series: [
      { name: 'in all', points: points(totalUs), tone: 'blue', dots: true },
      { name: 'schedule', points: points((c) => c.scheduleUs), tone: 'orange', dots: true },
    ],
  }
}

export async function cost(options: ItemOptions): Promise<Item> {
  const sizes = againstD(options)
  const fleets = againstVolunteers(options)
  const [first, last] = [sizes[0]!, sizes.at(-1)!]
  const each = ({ cost: c }: AgainstD): number => totalUs(c) / c.variables
  const atMillion = sizes.find(({ columns }) => columns === 1e6)!
  const schedule = ({ cost: c }: AgainstD): number => c.scheduleUs / c.variables
  const growth = schedule(last) / schedule(first)
  const logGrowth = Math.log(last.columns) / Math.log(first.columns)
  const kept = ARRAYS.reduce((sum, [, , bytes]) => sum + bytes, 0)
  const tables: Table[] = [
    {
      ...{ name: 'cost-d', caption: `Server time against d, ${VOLUNTEERS} volunteers` },
      head: ['d', ...HEAD],
      rows: sizes.map(({ columns, cost: c }) => [columns, ...cells(c)]),
    },
    {
      ...{
        name: 'cost-volunteers',
        caption: `Server time against volunteers, d = ${options.quick ? '10⁵' : '10⁶'}`,
      },
      head: ['volunteers', ...HEAD],
      rows: fleets.map(({ volunteers, cost: c }) => [volunteers, ...cells(c)]),
    },
    {
      ...{ name: 'cost-memory', caption: 'What the schedule keeps of a variable' },
      head: ['array', 'defined in', 'bytes'],
      rows: [...ARRAYS, ['in all', '', kept]],
    },
    {
      ...{ name: 'cost-memory-measured', caption: 'Bytes a variable, by the process’ own count' },
      head: ['d', 'picker and filter', 'the whole job'],
      // Smaller ones drown in what the process allocates besides.
      rows: sizes
        .filter(({ columns }) => columns >= 1e6)
        .map(({ columns, memory }) => [columns, memory.picker, memory.job]),
    },
  ]
  return {
    title: 'What scheduling costs',
    text: [
      `A leased variable may cost the server's schedule ${TARGET_US} µs at d = 10⁶, growing no faster than log d; a variable may take 40 bytes.`,
      `Measured at d = 10⁶: ${schedule(atMillion).toFixed(1)} µs of schedule, ${each(atMillion).toFixed(1)} µs with check, commit, engine and fleet. From d = ${first.columns.toExponential(0)} to ${last.columns.toExponential(0)} the schedule grows ${growth.toFixed(2)} times, log d ${logGrowth.toFixed(2)} times (beyond 10⁵ the trees no longer fit into the caches). Memory: ${kept.toFixed(1)} bytes.`,
      `The real fleet, engine and lasso, driven without a network by ${VOLUNTEERS} volunteers, SAP over all variables with ρ = 0.1 (the papers' schedule, the dearest one: with a working set a round's scans answer thousands of variables a lease). Neighbours family, 450 rows, 25 non-zeros a column (5 at 10⁷). Medians over leases, real time: of this machine, with all it did besides.`,
      `The whole job also keeps the model and the data's moments: β, mean, scale, ‖x‖², the secret products of the check, exact gradients until the next commit.`,
    ],
    tables,
    plots: [plotOf(sizes)],
    csv: [],
  }
}

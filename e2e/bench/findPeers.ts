/**
 * Which native programs can be started here. A Python that has a module may hide behind another on the
 * PATH; programs of their own are looked for in the folders of SHOAL_PEERS, then on the PATH.
 */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { projectDir } from '../lassoSets.ts'
import type { Peer } from './peers.ts'

const execute = promisify(execFile)

interface Known extends Omit<Peer, 'command' | 'program' | 'version'> {
  /** In e2e/bench/peers. */
  readonly script: string
  /** What starts the script, and what has to be there. */
  readonly runner: { readonly python: string } | { readonly r: string }
  /** Programs the script needs; the path of the first one stands in its tasks. */
  readonly programs?: readonly string[]
  /** How to get it. */
  readonly hint: string
}

const convex = ['lasso', 'logistic'] as const

const KNOWN: readonly Known[] = [
  {
    ...{ name: 'scikit-learn', script: 'sklearnLasso.py', apps: ['lasso'], tolerance: 1 },
    ...{ runner: { python: 'sklearn' }, hint: 'Debian: apt install python3-sklearn' },
    certifies: true,
  },
  {
    ...{ name: 'celer', script: 'celerSolver.py', apps: convex, tolerance: 1 },
    ...{ runner: { python: 'celer' }, hint: 'pip install celer' },
    certifies: true,
  },
  {
    ...{ name: 'skglm', script: 'skglmSolver.py', apps: convex, tolerance: 1e-5 },
    ...{ runner: { python: 'skglm' }, hint: 'pip install skglm' },
  },
  {
    ...{ name: 'glmnet', script: 'glmnet.R', apps: convex, tolerance: 1e-12 },
    ...{ runner: { r: 'glmnet' }, hint: 'Debian: apt install r-cran-glmnet' },
  },
  {
    ...{ name: 'liblinear', script: 'liblinearTrain.py', apps: ['logistic', 'svm'] },
    ...{ tolerance: 1e-6, runner: { python: 'scipy' }, programs: ['liblinear-train'] },
    hint: 'Debian: apt install liblinear-tools python3-scipy',
  },
  {
    ...{ name: 'libmf', script: 'libmf.py', apps: ['mf', 'mfsgd'], tolerance: 1 },
    ...{ runner: { python: 'numpy' }, programs: ['mf-train'] },
    hint: 'github.com/cjlin1/libmf, its folder in SHOAL_PEERS',
  },
  {
    ...{ name: 'WarpLDA', script: 'warplda.py', apps: ['lda'], tolerance: 1 },
    ...{ runner: { python: 'scipy' }, programs: ['warplda', 'format'] },
    hint: 'github.com/thu-ml/warplda, the folder of its programs in SHOAL_PEERS',
  },
  {
    ...{ name: 'sparse Gibbs in C', script: 'sparseGibbs.py', apps: ['lda'], tolerance: 1 },
    ...{ runner: { python: 'numpy' }, programs: ['cc'], hint: 'a C compiler' },
  },
]

export async function findPeers(): Promise<{ peers: Peer[]; absent: string[] }> {
  const peers: Peer[] = []
  const absent: string[] = []
  for (const known of KNOWN) {
    const { script, runner: _, programs: needed = [], hint, ...peer } = known
    const started = await start(known)
    const programs = needed.map(findProgram)
    if (started === null || programs.includes(null)) {
      absent.push(`${peer.name} (${hint})`)
      continue
    }
    const command = [started.runner, join(projectDir, 'e2e/bench/peers', script)]
    const [program] = programs
    // The module that drives a program of its own has another version.
    const version = program ? null : started.version
    peers.push({ ...peer, version, command, ...(program && { program }) })
  }
  return { peers, absent }
}

interface Started {
  readonly runner: string
  readonly version: string
}

function start({ runner }: Known): Promise<Started | null> {
  if ('r' in runner)
    return first(
      ['Rscript'],
      ['-e', `library(${runner.r}); cat(format(packageVersion("${runner.r}")))`],
    )
  const { python } = runner
  const print = `import numpy, ${python}; print(${python}.__version__)`
  return first(['python3', '/usr/bin/python3'], ['-c', print])
}

/** The first program that runs these arguments without an error, and the last line it prints. */
async function first(runners: readonly string[], args: readonly string[]): Promise<Started | null> {
  for (const runner of runners) {
    const ran = await execute(runner, args).catch(() => null) // not there, or without the module
    if (ran) return { runner, version: ran.stdout.trim().split('\n').at(-1)! }
  }
  return null
}

/** The path of an executable; null if there is none of that name. */
export function findProgram(name: string): string | null {
  const folders = [process.env.SHOAL_PEERS ?? '', process.env.PATH ?? ''].join(delimiter)
  for (const folder of folders.split(delimiter)) {
    const path = join(folder, name)
    if (folder !== '' && isExecutable(path)) return path
  }
  return null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

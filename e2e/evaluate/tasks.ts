/** Runs of rounds, shared out over worker threads: every number is simulated, so that it is the same. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { makeFamily } from '../../shared/schedule/families.ts'
import { projectDir } from '../lassoSets.ts'
import type { ProblemSpec, Task } from './contenders.ts'
import { type LassoProblem, lassoProblem } from './problem.ts'
import { realProblem } from './realProblems.ts'
import { type RoundsResult, runRounds } from './rounds.ts'

/** What a table says of a problem. */
export type Facts = Pick<LassoProblem, 'name' | 'rows' | 'columns' | 'nonZeros' | 'optimum'>

export interface TaskResult {
  readonly facts: Facts
  readonly run: RoundsResult
}

/** Each holds a problem of up to 300 MB. */
const THREADS_MAX = 4
const RATIO = 0.1

let last: { key: string; problem: LassoProblem } | null = null

async function problemOf(spec: ProblemSpec): Promise<LassoProblem> {
  const key = JSON.stringify(spec)
  if (last?.key !== key) {
    last = null // two at once may not fit
    const problem =
      'set' in spec
        ? await realProblem(spec.set)
        : lassoProblem(makeFamily(spec.family, spec), RATIO)
    last = { key, problem }
  }
  return last.problem
}

export async function runTask({ problem: spec, options }: Task): Promise<TaskResult> {
  const problem = await problemOf(spec)
  const { name, rows, columns, nonZeros, optimum } = problem
  return { facts: { name, rows, columns, nonZeros, optimum }, run: runRounds(problem, options) }
}

/** All that were started; kept between items, with their code loaded and their last problem at hand. */
const threads = new Set<Worker>()
const idle: Worker[] = []

function idleThread(): Worker {
  const kept = idle.pop()
  if (kept) return kept
  const worker = new Worker(join(projectDir, 'e2e/evaluate/worker.mjs'), {
    execArgv: [], // what node itself was started with is not for a file
    workerData: { root: projectDir, script: join(projectDir, 'e2e/evaluate/tasks.ts') },
  })
  threads.add(worker)
  return worker
}

/**
 * Hands out tasks, by number: to each thread first those of the problem it has open, with whatever it
 * has found out about its correlations; then a problem that no other thread has, from the end of the
 * list, where the large ones are; then any.
 */
function openQueue(tasks: readonly Task[]): (thread: number) => number | undefined {
  const keys = tasks.map(({ problem }) => JSON.stringify(problem))
  const left = new Set(keys.keys())
  const held = new Map<number, string>() // by thread
  return (thread) => {
    const others = new Set([...held].filter(([t]) => t !== thread).map(([, key]) => key))
    const all = [...left]
    const own = all.find((at) => keys[at] === held.get(thread))
    const free = all.findLast((at) => !others.has(keys[at]!))
    const first = all.find((at) => keys[at] === keys[free ?? all[0]!])
    const at = own ?? first
    if (at === undefined) return undefined
    left.delete(at)
    held.set(thread, keys[at]!)
    return at
  }
}

/** The results in the order of the tasks. `done` hears of each as it ends. */
export async function runTasks(
  tasks: readonly Task[],
  done: (finished: number, task: Task) => void = () => {},
): Promise<TaskResult[]> {
  const results: TaskResult[] = new Array(tasks.length)
  const next = openQueue(tasks)
  let finished = 0
  const drain = async (thread: number): Promise<void> => {
    const worker = idleThread()
    for (let at = next(thread); at !== undefined; at = next(thread)) {
      results[at] = await answer(worker, tasks[at]!)
      done(++finished, tasks[at]!)
    }
    idle.push(worker)
  }
  const count = Math.min(availableParallelism(), THREADS_MAX, tasks.length)
  await Promise.all(Array.from({ length: count }, (_, thread) => drain(thread)))
  return results
}

/** Nothing ends while a thread waits for tasks, or is at one when another has failed. */
export async function endThreads(): Promise<void> {
  await Promise.all([...threads].map((worker) => worker.terminate()))
  threads.clear()
  idle.length = 0
}

function answer(worker: Worker, task: Task): Promise<TaskResult> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      worker.off('message', arrived)
      worker.off('error', failed)
      then()
    }
    const arrived = (result: TaskResult): void => settle(() => resolve(result))
    const failed = (error: Error): void => settle(() => reject(error))
    worker.on('message', arrived)
    worker.on('error', failed)
    worker.postMessage(task)
  })
}

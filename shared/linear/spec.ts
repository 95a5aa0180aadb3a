/** What an owner may ask of any linear model: how it is scheduled, and how far it is solved. */
import { z } from 'zod'
import { BALANCES } from '../schedule/balance.ts'
import { POLICIES } from '../schedule/policy.ts'

export const scheduleSchema = z
  .object({
    /** Which variables when, by name (schedule/policy.ts). */
    policy: z.enum(POLICIES).default('sap'),
    /**
     * Lease blocks of a working set (support and likely newcomers) to be swept many times; off: draw
     * from all variables, as STRADS does. Only for sap, priority, dependency and greedy.
     */
    workingSet: z.boolean().default(true),
    /** Draw variables by their last change (STRADS); off: uniformly. */
    priority: z.boolean().default(true),
    /** Exponent of |δ| in the priority: 1 (2013 paper) or 2 (2014 papers). */
    power: z.union([z.literal(1), z.literal(2)]).default(1),
    /** Added to every priority: 5 % of the mean, or an absolute weight. */
    eta: z.union([z.literal('adaptive'), z.number().min(0)]).default('adaptive'),
    /** Epochs that are drawn uniformly first, without a working set. */
    warmup: z.number().min(0).max(100).default(3),
    /** Candidates drawn for each variable, without a working set: P′/P. */
    candidates: z.number().min(1).max(16).default(3),
    /** Keep a variable out of a block while one it correlates with by ρ or more is leased elsewhere; 1: off. */
    rho: z.number().min(0).max(1).default(0.5),
    /** What makes blocks equal: work and speed, in order (prefix) or the largest first (lpt), or counts. */
    balance: z.enum(BALANCES).default('prefix'),
    /** Waves of leases that may run ahead of the commits; 0: bulk-synchronous. Without it nobody waits. */
    depth: z.number().int().min(0).max(64).optional(),
    /** Sweeps of a lease at most; 1: single steps, as STRADS does. */
    sweeps: z.number().int().min(1).max(1000).optional(),
    /** Commit the best combination of delta and last steps; off: add every delta as it comes. */
    guard: z.boolean().default(true),
    /** Last steps that the guarded commit may reuse. */
    memory: z.number().int().min(0).max(16).default(4),
    /** Drop variables for good that a duality gap proves to be zero. */
    screening: z.boolean().default(true),
    /** Aim for a lease of this many milliseconds, or ten round trips where that is longer. */
    leaseMs: z.number().min(1).max(2000).default(50),
  })
  .strict()

export type Schedule = z.infer<typeof scheduleSchema>

/** Is there a working set to lease from? */
export function hasWorkingSet({ policy, workingSet }: Schedule): boolean {
  switch (policy) {
    case 'sap':
    case 'priority':
    case 'dependency':
    case 'greedy':
      return workingSet
    case 'random':
    case 'cyclic':
    case 'static':
    case 'rotation':
      return false
  }
}

/** A policy's name switches parts of the schedule off. */
export function resolve(schedule: Schedule): Schedule {
  const { policy, rho, priority } = schedule
  const byPriority = policy === 'sap' || policy === 'priority' || policy === 'greedy'
  const byDependency = policy === 'sap' || policy === 'dependency'
  return {
    ...schedule,
    priority: priority && byPriority,
    rho: byDependency ? rho : 1,
  }
}

/** Fields of every sparse linear model. */
export const linearFields = {
  /** Absolute λ of loss + λ(α‖β‖₁ + ½(1 − α)‖β‖²). */
  lambda: z.number().positive('lambda must be > 0').optional(),
  /** λ as a share of λmax, the smallest λ with β = 0. */
  lambdaRatio: z.number().gt(0, 'lambdaRatio must be > 0').max(1).optional(),
  /** Number of λ on glmnet's grid, warm-started from λmax downwards. */
  path: z.number().int().min(2).max(1000).optional(),
  /** Folds of cross-validation along the path. */
  cv: z.number().int().min(3).max(50).optional(),
  /** α, the share of the ℓ1 norm in the penalty: 1 is the lasso, less an elastic net. */
  l1Ratio: z.number().gt(0, 'l1Ratio must be > 0').max(1).default(1),
  /** End at a duality gap ≤ tol · (loss of the best constant fit). */
  tol: z.number().min(1e-12).max(0.1).default(1e-6),
  standardize: z.boolean().default(true),
  intercept: z.boolean().default(true),
  schedule: scheduleSchema.prefault({}),
}

type Choice = Pick<LinearSpec, 'lambda' | 'lambdaRatio' | 'path' | 'cv'>

/** Cross-validation alone means a path of 100. */
export function withPath<T extends Choice>(spec: T): T {
  return spec.cv && !spec.path && !spec.lambda && !spec.lambdaRatio ? { ...spec, path: 100 } : spec
}

/** One λ, or a path of them. */
export function checkChoice(spec: Choice, context: { addIssue(message: string): void }): void {
  if ([spec.lambda, spec.lambdaRatio, spec.path].filter((x) => x !== undefined).length !== 1)
    context.addIssue('give exactly one of lambda, lambdaRatio and path (cv goes with path)')
  else if (spec.cv && !spec.path)
    context.addIssue('cv needs a path: leave lambda and lambdaRatio out')
}

/** What the solver reads of a spec, whatever the model. */
export interface LinearSpec {
  readonly lambda?: number | undefined
  readonly lambdaRatio?: number | undefined
  readonly path?: number | undefined
  readonly cv?: number | undefined
  readonly l1Ratio: number
  readonly tol: number
  readonly standardize: boolean
  readonly intercept: boolean
  readonly schedule: Schedule
}

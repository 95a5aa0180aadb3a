/** What a matrix factorisation hands out: its files, and numbers. */
import type { ResultFile } from '../../app.ts'
import { rankingOf } from '../../factors/recommend.ts'
import { factorFiles, finite } from '../../factors/results.ts'
import type { MfState, Point } from './state.ts'

const RANKED = 10

/** The sweep whose model is handed out. */
function chosen({ points, best }: MfState): Point | undefined {
  return best ? points[best.sweep - 1] : points.at(-1)
}

export function summarise(state: MfState): Record<string, unknown> {
  const { spec, points, lambda, biasScale, mean, users, exactObjective, test, validation } = state
  const point = chosen(state)
  const isLast = point === points.at(-1)
  const isExact = isLast && !Number.isNaN(exactObjective)
  const ranking = spec.implicit && state.finished ? rankingOf(state, RANKED) : null
  return {
    objective: point ? (isExact ? exactObjective : point.objective) : null,
    trainRmse: finite(point?.trainRmse),
    validRmse: finite(point?.validRmse),
    testRmse: finite(point?.testRmse),
    testMae: finite(point?.testMae),
    ...(ranking && { precisionAt10: ranking.precision, ndcgAt10: ranking.ndcg }),
    sweeps: points.length,
    ...(isLast ? {} : { bestSweep: point?.sweep ?? null }),
    rank: spec.rank,
    lambda,
    lambdaBias: users.bias.length > 0 ? lambda / biasScale ** 2 : null,
    mean,
    ratings: state.ratings,
    testRatings: test?.user.length ?? 0,
    validationRatings: validation?.user.length ?? 0,
    ...(state.doubts > 0 && { sweepsRedone: state.doubts }),
    convention: spec.implicit
      ? 'objective = Σ c(p − wᵀh)² + λ Σ n(‖w‖² + …), over all pairs, c = 1 + αr, p = 1 where r > 0'
      : 'objective = Σ (a − mean − b − c − wᵀh)² + Σ n(λ‖w‖² + λ_bias b²) + …, n = 1 unless weighted, 1 + γ·n/m with an uncertainty',
  }
}

export function resultFiles(state: MfState): ResultFile[] {
  const { spec, scale } = state
  const { rank, top, implicit } = spec
  const [low, high] = implicit ? [-Infinity, Infinity] : scale
  return factorFiles(state, { rank, top, scale: [low, high], hasBiases: !implicit })
}

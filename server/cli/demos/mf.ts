/** What will a person like to see next? */
import { mf } from '../../../shared/apps/mf/app.ts'
import { formatCount, formatNumber } from '../format.ts'
import { numbersOf } from '../measures.ts'
import type { Outcome } from '../pipeline.ts'
import { type Demo, rowsOf, shipped, shippedLines } from './demo.ts'

const purpose = 'Which films will a person like that they have not seen?'
const topFilms = 8
const favourites = 5
/** Who the recommendations are shown of: somebody with 89 ratings. */
const user = '15290'

export const mfDemo: Demo = {
  app: mf,
  jobName: 'Films to see',
  purpose,
  opening: [
    'Shoal demo: 100,000 ratings of films, tweeted in 2013 (MovieTweetings, Dooms et al.).',
    `${purpose} Every user and every film gets a few numbers, such that they fit the ratings.`,
  ],
  data: {
    data: shipped('movietweetings', 'train.csv.gz'),
    test: shipped('movietweetings', 'test.csv.gz'),
    datasetName: 'movietweetings',
  },
  // Less shrinkage than errs least (1.54): recommendations say more of the person.
  spec: { lambda: 12 },
  computing: 'with 32 factors: tabs fit users, then films, and so on; the server checks',
  result,
}

async function result({ job, server }: Outcome): Promise<string[]> {
  const { testRmse, mean, sweeps } = numbersOf(job)
  const title = titles()
  const list = rowsOf(await server.api.result(job.id, 'recommendations.csv'))
  const films = list
    .filter(([who]) => who === user)
    .slice(0, topFilms)
    .map(([, , film = '', score]) => `  ${Number(score).toFixed(1).padStart(4)}  ${title(film)}`)
  return [
    `${formatNumber(sweeps)} sweeps; on ${formatCount(testRatings().length)} ratings the tabs never saw, the error is`,
    `${formatNumber(testRmse, 4)} (RMSE, on a scale of 0 to 10); always guessing the mean, ${formatNumber(mean, 3)}, ` +
      `it would be ${formatNumber(rmseOfMean(mean ?? 0), 4)}.`,
    `User ${user} likes`,
    ...likedBy(user).map(([film, rating]) => `  ${rating.toFixed(1).padStart(4)}  ${title(film)}`),
    'and may like, of what they have not rated (with the rating expected),',
    ...films,
  ]
}

const testRatings = (): number[] =>
  shippedLines('movietweetings', 'test.csv.gz')
    .slice(1)
    .map((line) => Number(line.split(',')[2]))

function rmseOfMean(mean: number): number {
  const ratings = testRatings()
  return Math.sqrt(ratings.reduce((sum, a) => sum + (a - mean) ** 2, 0) / ratings.length)
}

/** The films a user has rated best, in training. */
function likedBy(user: string): [film: string, rating: number][] {
  return shippedLines('movietweetings', 'train.csv.gz')
    .slice(1)
    .map((line) => line.split(','))
    .filter(([who]) => who === user)
    .map(([, film = '', rating]): [string, number] => [film, Number(rating)])
    .sort((a, b) => b[1] - a[1])
    .slice(0, favourites)
}

/** "0111161" → "The Shawshank Redemption (1994)" */
function titles(): (film: string) => string {
  const lines = shippedLines('movietweetings', 'movies.dat.gz').map((line) => line.split('::'))
  const titleOf = new Map(lines.map(([film, title]) => [film, title]))
  return (film) => titleOf.get(film) ?? `film ${film}`
}

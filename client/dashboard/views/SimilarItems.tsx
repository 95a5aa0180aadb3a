/** What is like an item: a question for which people look at a model even where they rate nothing. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import { type Column, DataTable } from '../parts/DataTable.tsx'
import { SearchSelect } from '../parts/SearchSelect.tsx'
import { formatCount, formatNumber, plural } from '../pure/format.ts'
import { findItems, type Item } from '../pure/ratings.ts'
import { type Factors, readFactors, similarTo } from '../pure/similar.ts'
import { resultPath } from '../pure/urls.ts'
import { request } from '../state/api.ts'
import { attempt } from '../state/toasts.ts'
import { ItemName, type TitleMap } from './ItemName.tsx'

interface Props {
  readonly job: string
  /** In the order of the rows of the factors. */
  readonly items: readonly Item[]
  readonly titles: TitleMap
}

const SHOWN = 10
const CHOICES_MAX = 100
/** What few have rated is like anything, for its factors are mostly chance: these are compared with. */
const KNOWN_MAX = 500
/** … and of these anyone may ask. */
const RATINGS_MIN = 5
/** Larger files are left to NumPy: a page should not take that much of a phone's memory. */
const FACTORS_MAX = 10e6

export function SimilarItems({ job, items, titles }: Props) {
  const factors = useFactors(job)
  const [sought, setSought] = useState('')
  const [chosen, setChosen] = useState<number | null>(null)
  const rated = useMemo(
    () =>
      [...items.keys()]
        .filter((row) => items[row]!.ratings >= RATINGS_MIN)
        .sort((a, b) => items[b]!.ratings - items[a]!.ratings),
    [items],
  )
  const known = useMemo(() => new Set(rated.slice(0, KNOWN_MAX)), [rated])
  const found = useMemo(
    () => findItems(rated, items, titles, sought, CHOICES_MAX),
    [rated, items, titles, sought],
  )
  const row = chosen !== null && found.includes(chosen) ? chosen : (found[0] ?? null)
  const similar = useMemo(
    () =>
      factors && row !== null ? similarTo(factors, row, SHOWN, (other) => known.has(other)) : [],
    [factors, row, known],
  )
  if (!factors || rated.length === 0) return null
  const columns: readonly Column<(typeof similar)[number]>[] = [
    { name: 'Item', cell: (entry) => <ItemName id={items[entry.row]!.id} titles={titles} /> },
    {
      name: 'Likeness',
      numeric: true,
      hint: 'Cosine of the angle between the factors of the two: 1 is the same taste',
      cell: ({ likeness }) => formatNumber(likeness, 2),
    },
    { name: 'Ratings', numeric: true, cell: (entry) => formatCount(items[entry.row]!.ratings) },
  ]
  return (
    <section class="card stack" aria-labelledby="similar-title">
      <div class="row spread">
        <h2 id="similar-title">Similar items</h2>
        <span class="small muted">among the {formatCount(known.size)} most rated</span>
      </div>
      <SearchSelect
        searchLabel="Find an item"
        sought={sought}
        onSearch={setSought}
        label="Item"
        options={found.map((each) => [String(each), labelOf(items[each]!, titles)])}
        value={row === null ? null : String(row)}
        onChoose={(value) => setChosen(Number(value))}
      />
      {row === null ? (
        <p class="muted">No item has “{sought.trim()}” in it.</p>
      ) : (
        <DataTable
          caption={`Items like ${titles.get(items[row]!.id) ?? items[row]!.id}`}
          columns={columns}
          rows={similar}
          rowKey={(entry) => items[entry.row]!.id}
        />
      )}
    </section>
  )
}

const labelOf = ({ id, ratings }: Item, titles: TitleMap): string =>
  `${titles.get(id) ?? id} (${plural(ratings, 'rating')})`

/** Null until they are here, and where they are too many. */
function useFactors(job: string): Factors | null {
  const [factors, setFactors] = useState<Factors | null>(null)
  useEffect(() => {
    let gone = false
    void attempt(async () => {
      const response = await request('GET', resultPath(job, 'item_factors.npy'))
      if (Number(response.headers.get('content-length') ?? 0) > 4 * FACTORS_MAX) {
        await response.body?.cancel()
        return
      }
      const bytes = new Uint8Array(await response.arrayBuffer())
      if (!gone) setFactors(readFactors(bytes))
    })
    return () => {
      gone = true
    }
  }, [job])
  return factors
}

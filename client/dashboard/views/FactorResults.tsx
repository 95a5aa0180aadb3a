/** What a matrix factorisation says: the list of a user, and the items as the model sees them. */
import { useMemo, useState } from 'preact/hooks'
import type { JobView } from '../../../shared/protocol.ts'
import type { ResultTexts } from '../apps/page.ts'
import { type Column, DataTable } from '../parts/DataTable.tsx'
import { Choice } from '../parts/Field.tsx'
import { FilePicker } from '../parts/FilePicker.tsx'
import { SearchSelect } from '../parts/SearchSelect.tsx'
import { formatCount, formatNumber, plural } from '../pure/format.ts'
import {
  findUsers,
  type Item,
  type ItemOrder,
  type Recommendation,
  readCounts,
  readItems,
  readRecommendations,
  readTitles,
  topItems,
} from '../pure/ratings.ts'
import { attempt } from '../state/toasts.ts'
import { ItemName, type TitleMap } from './ItemName.tsx'
import { SimilarItems } from './SimilarItems.tsx'

type Lists = ReadonlyMap<string, readonly Recommendation[]>

const NONE: Lists = new Map()
const NO_TITLES: TitleMap = new Map()

export function FactorResults({ job, texts }: { job: JobView; texts: ResultTexts }) {
  const recommendations = texts['recommendations.csv']
  const items = texts['items.csv']?.text
  const biases = texts['biases.csv']?.text
  const users = texts['users.csv']?.text
  const lists = useMemo(
    () =>
      recommendations ? readRecommendations(recommendations.text, recommendations.isCut) : NONE,
    [recommendations],
  )
  const allItems = useMemo(
    () => (items === undefined ? [] : readItems(items, biases, lists)),
    [items, biases, lists],
  )
  const counts = useMemo(() => readCounts(users), [users])
  const [titles, setTitles] = useState(NO_TITLES)
  return (
    <>
      {allItems.length > 0 && <Titles items={allItems} onRead={setTitles} />}
      {lists.size > 0 && (
        <Recommendations
          {...{ lists, counts, titles, items: allItems }}
          isCut={recommendations!.isCut}
        />
      )}
      {allItems.length > 0 && <SimilarItems job={job.id} items={allItems} titles={titles} />}
      {allItems.length > 0 && <Items items={allItems} titles={titles} />}
    </>
  )
}

interface RecommendationsProps {
  readonly lists: Lists
  readonly items: readonly Item[]
  /** Ratings by user. */
  readonly counts: ReadonlyMap<string, number>
  readonly isCut: boolean
  readonly titles: TitleMap
}

/** A select of thousands is no choice: beyond this one searches. */
const CHOICES_MAX = 200

function Recommendations({ lists, items, counts, isCut, titles }: RecommendationsProps) {
  const users = useMemo(() => [...lists.keys()], [lists])
  const [sought, setSought] = useState('')
  const [chosen, setChosen] = useState<string | null>(null)
  const found = findUsers(users, sought, CHOICES_MAX)
  const user = chosen !== null && found.includes(chosen) ? chosen : (found[0] ?? null)
  const ratings = useMemo(() => new Map(items.map((item) => [item.id, item.ratings])), [items])
  return (
    <section class="card stack" aria-labelledby="recommendations-title">
      <div class="row spread">
        <h2 id="recommendations-title">Recommendations</h2>
        <span class="small muted">
          for {plural(users.length, 'user')}
          {isCut && ', the first in the file'}; what a user has rated is left out
        </span>
      </div>
      <SearchSelect
        searchLabel={users.length > CHOICES_MAX ? 'Find a user' : null}
        sought={sought}
        onSearch={setSought}
        label={`User${countOf(found.length, users.length)}`}
        options={found.map((id) => [id, labelOf(id, counts.get(id))])}
        value={user}
        onChoose={setChosen}
      />
      {user === null ? (
        <p class="muted">No user’s id has “{sought.trim()}” in it.</p>
      ) : (
        <UserList {...{ user, ratings, titles }} list={lists.get(user) ?? []} />
      )}
    </section>
  )
}

const labelOf = (id: string, ratings: number | undefined): string =>
  ratings === undefined ? id : `${id} (${plural(ratings, 'rating')})`

/** What of all users one can choose from, where that is not all. */
function countOf(found: number, all: number): string {
  if (found === all) return ''
  return found < CHOICES_MAX ? ` (${formatCount(found)} found)` : ` (the first ${found})`
}

interface UserListProps {
  readonly user: string
  readonly list: readonly Recommendation[]
  readonly ratings: ReadonlyMap<string, number>
  readonly titles: TitleMap
}

function UserList({ user, list, ratings, titles }: UserListProps) {
  const columns: readonly Column<Recommendation>[] = [
    {
      name: 'Item',
      cell: (entry) => (
        <>
          <span class="rank">{list.indexOf(entry) + 1}</span>{' '}
          <ItemName id={entry.item} titles={titles} />
        </>
      ),
    },
    { name: 'Prediction', numeric: true, cell: ({ score }) => formatNumber(score, 4) },
    {
      name: 'Ratings of it',
      numeric: true,
      hint: 'How many users have rated it: a prediction from few ratings is a guess',
      cell: ({ item }) => formatCount(ratings.get(item)),
    },
  ]
  return (
    <DataTable
      caption={`Recommendations for user ${user}`}
      columns={columns}
      rows={list}
      rowKey={({ item }) => item}
    />
  )
}

interface TitlesProps {
  readonly items: readonly Item[]
  readonly onRead: (titles: TitleMap) => void
}

/** Ids say little; the file with the titles is often at hand. It is read here and sent nowhere. */
function Titles({ items, onRead }: TitlesProps) {
  const [file, setFile] = useState<File | null>(null)
  const [error, setError] = useState<string | undefined>()
  const choose = async (chosen: File): Promise<void> => {
    setFile(chosen)
    const titles = readTitles(await chosen.text())
    const known = items.filter(({ id }) => titles.has(id)).length
    setError(known === 0 ? `No line of ${chosen.name} begins with the id of an item.` : undefined)
    onRead(titles)
  }
  return (
    <details class="card">
      <summary>Show titles instead of ids</summary>
      <FilePicker
        label="File with the titles"
        help="One item a line: its id, its title, and whatever follows, with commas, tabs, | or :: between. It stays in this browser."
        accept=".csv,.tsv,.txt,.dat,.item"
        file={file}
        onChoose={(chosen) => void attempt(() => choose(chosen))}
        error={error}
      />
    </details>
  )
}

const ORDERS: readonly (readonly [ItemOrder, string])[] = [
  ['ratings', 'Most rated'],
  ['bias', 'Most loved'],
  ['recommended', 'Most recommended'],
]
const ITEMS_SHOWN = 20

function Items({ items, titles }: { items: readonly Item[]; titles: TitleMap }) {
  const [order, setOrder] = useState<ItemOrder>('ratings')
  const hasBias = items.some(({ bias }) => bias !== null)
  const top = useMemo(() => topItems(items, order, ITEMS_SHOWN), [items, order])
  const columns: readonly Column<Item>[] = [
    { name: 'Item', cell: ({ id }) => <ItemName id={id} titles={titles} /> },
    { name: 'Ratings', numeric: true, cell: ({ ratings }) => formatCount(ratings) },
    {
      name: 'Bias',
      numeric: true,
      hint: 'How much better it is rated than the mean, whoever rates',
      cell: ({ bias }) => formatNumber(bias, 3),
    },
    {
      name: 'Recommended',
      numeric: true,
      hint: 'Lists above in which it stands',
      cell: ({ recommended }) => formatCount(recommended),
    },
  ]
  return (
    <section class="card stack" aria-labelledby="items-title">
      <h2 id="items-title">Items</h2>
      <Choice
        label="Order of the items"
        options={ORDERS.filter(([name]) => name !== 'bias' || hasBias)}
        value={order}
        onChange={setOrder}
        quiet
      />
      <DataTable
        caption="Items"
        columns={columns.filter(({ name }) => name !== 'Bias' || hasBias)}
        rows={top}
        rowKey={({ id }) => id}
        total={items.length}
      />
    </section>
  )
}

/** What a matrix factorisation says: the list of a user, and the items as the model sees them. */
import { useMemo, useState } from 'preact/hooks'
import type { ResultTexts } from '../apps/page.ts'
import { type Column, DataTable } from '../parts/DataTable.tsx'
import { Choice, Field } from '../parts/Field.tsx'
import { formatCount, formatNumber, plural } from '../pure/format.ts'
import {
  findUsers,
  type Item,
  type ItemOrder,
  type Recommendation,
  readCounts,
  readItems,
  readRecommendations,
  topItems,
} from '../pure/ratings.ts'

type Lists = ReadonlyMap<string, readonly Recommendation[]>

const NONE: Lists = new Map()

export function FactorResults({ texts }: { texts: ResultTexts }) {
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
  return (
    <>
      {lists.size > 0 && (
        <Recommendations {...{ lists, items: allItems, counts }} isCut={recommendations!.isCut} />
      )}
      {allItems.length > 0 && <Items items={allItems} />}
    </>
  )
}

interface RecommendationsProps {
  readonly lists: Lists
  readonly items: readonly Item[]
  /** Ratings by user. */
  readonly counts: ReadonlyMap<string, number>
  readonly isCut: boolean
}

/** A select of thousands is no choice: beyond this one searches. */
const CHOICES_MAX = 200

function Recommendations({ lists, items, counts, isCut }: RecommendationsProps) {
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
      <div class="pair">
        {users.length > CHOICES_MAX && (
          <Field label="Find a user">
            {(control) => (
              <input
                {...control}
                type="search"
                value={sought}
                spellcheck={false}
                onInput={(event) => setSought(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
        <Field label={`User (${formatCount(found.length)} to choose from)`}>
          {(control) => (
            <select
              {...control}
              value={user ?? ''}
              onChange={(event) => setChosen(event.currentTarget.value)}
            >
              {found.map((id) => (
                <option key={id} value={id}>
                  {counts.has(id) ? `${id} (${plural(counts.get(id)!, 'rating')})` : id}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {user === null ? (
        <p class="muted">No user’s id has “{sought.trim()}” in it.</p>
      ) : (
        <UserList user={user} list={lists.get(user) ?? []} ratings={ratings} />
      )}
    </section>
  )
}

interface UserListProps {
  readonly user: string
  readonly list: readonly Recommendation[]
  readonly ratings: ReadonlyMap<string, number>
}

function UserList({ user, list, ratings }: UserListProps) {
  const columns: readonly Column<Recommendation>[] = [
    {
      name: 'Item',
      cell: (entry) => (
        <>
          <span class="rank">{list.indexOf(entry) + 1}</span> {entry.item}
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

const ORDERS: readonly (readonly [ItemOrder, string])[] = [
  ['ratings', 'Most rated'],
  ['bias', 'Highest bias'],
  ['recommended', 'Most recommended'],
]
const ITEMS_SHOWN = 20

function Items({ items }: { items: readonly Item[] }) {
  const [order, setOrder] = useState<ItemOrder>('ratings')
  const hasBias = items.some(({ bias }) => bias !== null)
  const top = useMemo(() => topItems(items, order, ITEMS_SHOWN), [items, order])
  const columns: readonly Column<Item>[] = [
    { name: 'Item', cell: ({ id }) => id },
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

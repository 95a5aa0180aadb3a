/** An item by its title where one is known, with the id beside it. */

/** id → title. */
export type TitleMap = ReadonlyMap<string, string>

export function ItemName({ id, titles }: { id: string; titles: TitleMap }) {
  const title = titles.get(id)
  if (title === undefined) return <>{id}</>
  return (
    <>
      {title} <span class="small muted">{id}</span>
    </>
  )
}

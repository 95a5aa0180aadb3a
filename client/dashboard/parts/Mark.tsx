/** The mark: one shape of three fish swimming the same way. */
const FISH =
  'M0 0c4-5 12-5 16 0 1.6-1.6 3-3 5-3.6-.8 2.4-.8 4.8 0 7.2-2-.6-3.400-2-5-3.6-4 5-12 5-16 0z'

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 40 32" aria-hidden="true">
      <path d={FISH} transform="translate(14 7)" opacity="0.55" />
      <path d={FISH} transform="translate(2 16)" />
      <path d={FISH} transform="translate(15 25)" opacity="0.8" />
    </svg>
  )
}

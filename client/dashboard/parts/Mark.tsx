/** The mark beside the name: the icon of every page. */
export function Mark() {
  return <img class="mark" src="/favicon.svg" alt="" width="28" height="28" />
}

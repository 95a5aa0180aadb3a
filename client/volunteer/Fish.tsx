/** The fish of the shoal and of the logo. */

/** Drawn in a box of 48 × 24, swimming to the right. */
export function Fish({ class: name, style }: { class: string; style?: Record<string, string> }) {
  return (
    <svg class={`fish ${name}`} viewBox="0 0 48 24" style={style} aria-hidden="true">
      <path
        class="tail"
        d="M14 12 3 4.2c-.9-.6-1.7.2-1.2 1.1C4 9 4 15 1.8 18.7c-.5.9.3 1.7 1.2 1.1z"
      />
      <path d="M46.5 12C39.5 3.3 23.5 2.2 11.5 12c12 9.8 28 8.7 35 0z" />
      <circle class="eye" cx="38.5" cy="10.2" r="1.5" />
    </svg>
  )
}

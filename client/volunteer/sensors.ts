/** What only the page can see of its device: battery, visibility, data saver. */

/** Not in TypeScript's DOM library: Chromium only, secure contexts only. */
interface BatteryManager extends EventTarget {
  readonly charging: boolean
}

interface ExtendedNavigator {
  getBattery?: () => Promise<BatteryManager>
  connection?: EventTarget & { saveData?: boolean }
}

export interface Sensed {
  battery: boolean
  saveData: boolean
  hidden: boolean
}

/** Calls `onChange` once soon and then on every change. */
export function watch(onChange: (sensed: Sensed) => void): void {
  const { connection, ...rest } = extended()
  let battery: BatteryManager | null = null
  const report = () =>
    onChange({
      battery: battery !== null && !battery.charging,
      saveData: connection?.saveData === true,
      hidden: document.visibilityState === 'hidden',
    })
  document.addEventListener('visibilitychange', report)
  document.addEventListener('freeze', report)
  document.addEventListener('resume', report)
  connection?.addEventListener('change', report)
  rest.getBattery?.().then(
    (found) => {
      battery = found
      found.addEventListener('chargingchange', report)
      report()
    },
    // Refused by policy: then there is no battery to spare.
    () => undefined,
  )
  report()
}

function extended(): ExtendedNavigator {
  const { connection } = navigator as ExtendedNavigator
  const getBattery = (navigator as ExtendedNavigator).getBattery?.bind(navigator)
  return { ...(connection && { connection }), ...(getBattery && { getBattery }) }
}

/**
 * A Web Lock while work goes on in the background: Chromium does not freeze a page that holds one.
 * Secure contexts only; elsewhere the browser does as it likes.
 */
export function lockHolder(): (hold: boolean) => void {
  let release: (() => void) | null = null
  return (hold) => {
    if (!navigator.locks || hold === (release !== null)) return
    if (!hold) {
      release?.()
      release = null
      return
    }
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const name = `shoal-working-${crypto.getRandomValues(new Uint32Array(1))[0]}`
    void navigator.locks.request(name, () => held)
  }
}

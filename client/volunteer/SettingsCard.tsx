/** How much of this computer the tab may use. */
import { change, cores, settings } from './tab.ts'
import { DUTY_MAX, DUTY_MIN } from './throttle.ts'
import { formatPercent } from './view.ts'

export function SettingsCard() {
  const { workers, duty, pinned } = settings.value
  const share = formatPercent((workers / cores) * (duty / 100))
  return (
    <section class="card settings" aria-labelledby="settings-heading">
      <h2 id="settings-heading">How much it may use</h2>
      <Slider
        name="workers"
        label="Workers"
        value={workers}
        text={`${workers} of ${cores}`}
        min={1}
        max={cores}
        step={1}
        hint="Each keeps one processor core busy."
        onInput={(value) => change({ workers: value })}
      />
      <Slider
        name="duty"
        label="Effort"
        value={duty}
        text={`${duty} %`}
        min={DUTY_MIN}
        max={DUTY_MAX}
        step={5}
        hint="The rest of the time a worker sleeps. Lower is cooler and quieter."
        onInput={(value) => change({ duty: value })}
      />
      <p class="total">
        At most <strong class="figures">{share}</strong> of this computer’s processor.
      </p>
      <div class="check">
        <input
          id="pinned"
          type="checkbox"
          checked={pinned}
          aria-describedby="pinned-hint"
          onChange={(event) => change({ pinned: event.currentTarget.checked })}
        />
        <div>
          <label for="pinned">Keep working in the background</label>
          <p id="pinned-hint" class="small muted">
            Otherwise it pauses while another tab is in front.
          </p>
        </div>
      </div>
    </section>
  )
}

interface SliderProps {
  name: string
  label: string
  value: number
  /** The value for people. */
  text: string
  min: number
  max: number
  step: number
  hint: string
  onInput: (value: number) => void
}

function Slider({ name, label, value, text, min, max, step, hint, onInput }: SliderProps) {
  return (
    <div class="slider">
      <div class="row between">
        <label for={name}>{label}</label>
        <output for={name} class="figures">
          {text}
        </output>
      </div>
      <input
        id={name}
        type="range"
        value={value}
        min={min}
        max={max}
        step={step}
        aria-valuetext={text}
        aria-describedby={`${name}-hint`}
        onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
      />
      <p id={`${name}-hint`} class="small muted">
        {hint}
      </p>
    </div>
  )
}

/**
 * What computes an app's leases in a worker: SIMD, or SIMD and the GPU where that was admitted.
 *
 * The code for GPUs is loaded only where the browser has WebGPU and nobody has said "wasm".
 */
import { type LoadOptions, load, prepareKernels } from './load.ts'
import { type Choice, type Decision, type Opened, SimdRunner } from './runner.ts'

/** Loads ahead of any lease what is not of one app only: a kernel that is asked for with the shards waits behind them. */
export function prepare(choice: Choice): void {
  prepareKernels()
  // Where it does not come, a lease asks again.
  if (!unsuited(choice)) import('./webgpu/admission.ts').catch(() => {})
}

/** `known` is what another worker has found out. @throws when no such app is known */
export async function openRunner(
  app: string,
  choice: Choice,
  known: Decision | null,
  options: LoadOptions = {},
): Promise<Opened> {
  const simd = await load(app, options)
  const decided = known?.use === 'simd' ? known : unsuited(choice)
  if (decided) return { runner: new SimdRunner(simd, decided.reason), decision: decided }
  const { openHybrid } = await import('./webgpu/admission.ts')
  return openHybrid({
    app,
    simd,
    choice,
    known,
    gpu: navigator.gpu,
    nowMs: () => performance.now(),
  })
}

/** Without a look at any GPU. */
function unsuited(choice: Choice): Decision | null {
  if (choice === 'wasm') return { use: 'simd', from: null, reason: '' }
  if (navigator.gpu) return null
  const reason = isSecureContext
    ? 'this browser has none'
    : 'browsers offer it to pages over HTTPS only'
  return { use: 'simd', from: null, reason }
}

/**
 * Who creates compute workers. The coordinator itself, where a worker may create workers; else the
 * page does it on request. Either way the coordinator ends up with a port to each.
 */
import { proxy, type Remote, transfer } from 'comlink'
import type { ComputeHello, Page } from './messages.ts'

export interface Spawned {
  port: MessagePort
  terminate(): void
}

export interface Spawner {
  /** `onCrash` is called when the worker's script cannot start or throws outside a call. */
  spawn(onCrash: (message: string) => void): Spawned
}

export const canNest = (): boolean => typeof Worker === 'function'

/** Both sides use the same line, so that the bundler sees one worker. */
export function createCompute(port: MessagePort): Worker {
  const worker = new Worker(new URL('./compute.ts', import.meta.url), {
    type: 'module',
    name: 'shoal compute',
  })
  const hello: ComputeHello = { port }
  worker.postMessage(hello, [port])
  return worker
}

export function nestedSpawner(): Spawner {
  return {
    spawn(onCrash) {
      const { port1, port2 } = new MessageChannel()
      const worker = createCompute(port2)
      worker.addEventListener('error', (event) => onCrash(event.message || 'it did not start'))
      const terminate = () => {
        port1.close()
        worker.terminate()
      }
      return { port: port1, terminate }
    },
  }
}

/** The page's own workers, by number; the other half of `pageSpawner`. */
export function pageWorkers(): Pick<Page, 'spawn' | 'terminate'> {
  const workers = new Map<number, Worker>()
  return {
    spawn(id, port, onCrash) {
      const worker = createCompute(port)
      worker.addEventListener('error', (event) => onCrash(event.message || 'it did not start'))
      workers.set(id, worker)
    },
    terminate(id) {
      workers.get(id)?.terminate()
      workers.delete(id)
    },
  }
}

export function pageSpawner(page: Remote<Page>): Spawner {
  let last = 0
  return {
    spawn(onCrash) {
      const id = ++last
      const { port1, port2 } = new MessageChannel()
      void page.spawn(id, transfer(port2, [port2]), proxy(onCrash))
      const terminate = () => {
        port1.close()
        void page.terminate(id)
      }
      return { port: port1, terminate }
    },
  }
}

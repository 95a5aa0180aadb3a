/** What the server uses of WebAssembly, which Node has and its types leave out. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Memory {
    readonly buffer: ArrayBuffer
    /** By pages of 64 KiB. */
    grow(pages: number): number
  }
  class Global {
    value: number
  }
  class Instance {
    readonly exports: Record<string, unknown>
    constructor(module: Module)
  }
}

/** The rows of the kernel's table (shared/table.as.ts): buffers.ts in order; and a row's state. */
export const SCALARS: usize = 0
export const SLOT: usize = 1
export const COLUMN: usize = 2
export const COLUMNS: usize = 3
export const USERS: usize = 4
export const ITEMS: usize = 5
export const USER_STATE: usize = 6
export const ITEM_STATE: usize = 7
export const AFTER_USERS: usize = 8
export const AFTER_ITEMS: usize = 9
export const AFTER_USER_STATE: usize = 10
export const AFTER_ITEM_STATE: usize = 11
export const LOSS: usize = 12
export const SHARDS: usize = 13
export const WORK: usize = 14

/** Bytes of a row's state: [sum, sum of the bias, bias, scale] as it travels; … */
export const STATE_BYTES: usize = 16
export const SCALE: usize = 12
/** … in a pass, where the row is f32, its squared norm stands in the place of the scale. */
export const NORM: usize = 12

/** The kernel is that of every linear model: coordinate descent on a weighted quadratic. */
export { heapBase, push, workBytes } from '../../linear/push.as'

/**
 * The clock of group histories, in microseconds: the machine's monotonic clock, which Node reads for `process.hrtime` and which counts from the same instant in all
 * processes of one kernel. It never goes back, on no processor: if one process reads it, then tells another, that one reads as much or more. So of two events with different
 * moments the later one did not cause the earlier one, whichever processes wrote them down; and equal moments are taken for simultaneous, never for an order.
 */
export function moment(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

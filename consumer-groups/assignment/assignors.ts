/** The assignors by name. */
import type { Assignor, AssignorName } from './assignor.js';
import { assignRange } from './range-assignor.js';
import { assignRoundRobin } from './round-robin-assignor.js';
import { assignSticky } from './sticky-assignor.js';

export const ASSIGNORS: Readonly<Record<AssignorName, Assignor>> = Object.freeze({
  sticky: assignSticky,
  range: assignRange,
  roundrobin: assignRoundRobin,
});

export const DEFAULT_ASSIGNOR: AssignorName = 'sticky';

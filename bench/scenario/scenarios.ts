import type { Scenario } from '../harness/scenario.js';
import { ceilingScenario } from './ceiling-scenario.js';
import { commitScenario } from './commit-scenario.js';
import { fetchScenario } from './fetch-scenario.js';
import { groupsScenario } from './groups-scenario.js';
import { latencyScenario } from './latency-scenario.js';
import { produceScenario } from './produce-scenario.js';
import { rebalanceScenario } from './rebalance-scenario.js';
import { recoveryScenario } from './recovery-scenario.js';

/** In the order in which `all` runs them and the page shows them. */
export const SCENARIOS: readonly Scenario[] = [
  ceilingScenario,
  produceScenario,
  fetchScenario,
  latencyScenario,
  recoveryScenario,
  commitScenario,
  groupsScenario,
  rebalanceScenario,
];

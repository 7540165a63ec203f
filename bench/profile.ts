/**
 * Says where the time of CPU profiles went, by the functions' own time:
 *
 *     npm run bench -- produce --only '100 B, fsync, 1 partition' --cpu-prof /tmp/profiles
 *     npm run bench:profile -- /tmp/profiles/*.cpuprofile
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type CpuProfile, ownTimes } from './harness/own-times.js';

const SHOWN = 40;

for (const file of process.argv.slice(2)) {
  const { busyMs, totalMs, functions } = ownTimes(JSON.parse(readFileSync(file, 'utf8')) as CpuProfile);
  console.log(`${basename(file)}: ${Math.round(busyMs)} ms busy of ${Math.round(totalMs)}`);
  for (const { name, place, ownMs } of functions.slice(0, SHOWN)) {
    console.log(`${((ownMs / busyMs) * 100).toFixed(1).padStart(6)} %  ${name}  ${place}`);
  }
}

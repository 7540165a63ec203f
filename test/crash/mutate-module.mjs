/**
 * Changes one line of one module of a program while it is loaded: `node --import mutate-module.mjs`, told what by RESPOOL_TEST_MUTATION, the JSON of a
 * `SourceChange`. A program whose text does not hold the line exactly once does not start: a mutant that changes nothing proves nothing.
 */
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const { file, find, replaceBy } = JSON.parse(process.env['RESPOOL_TEST_MUTATION']);

// The hooks run in a thread of their own, which loads this file again.
if (isMainThread) register(import.meta.url);

export async function load(url, context, nextLoad) {
  if (!url.endsWith(`/dist/${file}`)) return nextLoad(url, context);
  const text = await readFile(fileURLToPath(url), 'utf8');
  if (text.split(find).length !== 2)
    throw new Error(`${file} does not hold ${JSON.stringify(find)} exactly once`);
  return { format: 'module', source: text.replace(find, () => replaceBy), shortCircuit: true };
}

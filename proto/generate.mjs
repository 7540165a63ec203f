/**
 * Turns `respool/v1/*.proto` into static code and a descriptor set, in `proto/generated/`.
 *
 *   node proto/generate.mjs                 generate
 *   node proto/generate.mjs --copy DIR      copy what was generated to DIR (tsc copies no .js)
 *
 * Numbers, not Long objects: every int64 of the API is an offset, a time or a size below 2^53, and the edge refuses
 * what is not a safe integer.
 */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = join(here, 'generated');

if (process.argv[2] === '--copy') {
  cpSync(out, process.argv[3], { recursive: true });
  process.exit(0);
}

const pbjs = (await import('protobufjs-cli/pbjs.js')).default;
const pbts = (await import('protobufjs-cli/pbts.js')).default;

mkdirSync(out, { recursive: true });
const files = readdirSync(join(here, 'respool/v1')).filter((name) => name.endsWith('.proto'));
const sources = files.map((name) => join(here, 'respool/v1', name));

await promisify(pbjs.main)([
  ...['--target', 'static-module', '--wrap', 'es6', '--path', here, '--out', join(out, 'messages.js')],
  ...['--force-number', '--no-verify', '--no-convert', '--no-service', '--no-delimited', '--no-typeurl'],
  ...sources,
]);
await promisify(pbts.main)(['--out', join(out, 'messages.d.ts'), join(out, 'messages.js')]);
writeFileSync(join(out, '.stamp'), `${new Date().toISOString()}\n`);

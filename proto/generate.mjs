/**
 * Turns `respool/v1/*.proto` into static code and file descriptors, in `proto/generated/`.
 *
 *   node proto/generate.mjs                 generate
 *   node proto/generate.mjs --copy DIR      copy what was generated to DIR (tsc copies no .js)
 *
 * Numbers, not Long objects: every int64 of the API is an offset, a time or a size below 2^53, and the edge refuses
 * what is not a safe integer.
 */
import { copyFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
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
const protobuf = (await import('protobufjs')).default;
const { default: descriptor } = await import('protobufjs/ext/descriptor.js');

mkdirSync(out, { recursive: true });
const files = readdirSync(join(here, 'respool/v1')).filter((name) => name.endsWith('.proto'));
const sources = files.map((name) => join(here, 'respool/v1', name));

await promisify(pbjs.main)([
  ...['--target', 'static-module', '--wrap', 'es6', '--path', here, '--out', join(out, 'messages.js')],
  ...['--dependency', './protobuf-runtime.mjs'],
  ...['--force-number', '--no-verify', '--no-convert', '--no-service', '--no-delimited', '--no-typeurl'],
  ...sources,
]);
await promisify(pbts.main)(['--out', join(out, 'messages.d.ts'), join(out, 'messages.js')]);
copyFileSync(join(here, 'protobuf-runtime.mjs'), join(out, 'protobuf-runtime.mjs'));
writeDescriptors(fileDescriptors(await loadRoot()));
writeFileSync(join(out, '.stamp'), `${new Date().toISOString()}\n`);

async function loadRoot() {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => (target.startsWith(here) ? target : join(here, target));
  await root.load(sources);
  root.resolveAll();
  return root;
}

/**
 * One FileDescriptorProto per file, without comments. protobufjs makes one per package, with relative type names: here each definition
 * goes back to the file that it came from, names are made absolute, and the imports are those that are used.
 */
function fileDescriptors(root) {
  const perFile = new Map();
  for (const merged of root.toDescriptor('proto3').file) {
    const namespace = root.lookup(merged.package);
    for (const kind of ['messageType', 'enumType', 'service']) {
      for (const definition of merged[kind]) {
        const name = `respool/v1/${basename(namespace.get(definition.name).filename)}`;
        if (!perFile.has(name)) perFile.set(name, emptyFile(name, merged));
        const file = perFile.get(name);
        file[kind].push(definition);
        for (const used of absoluteTypeNames(definition, namespace.get(definition.name))) {
          const from = `respool/v1/${basename(used.filename)}`;
          if (from !== name && !file.dependency.includes(from)) file.dependency.push(from);
        }
      }
    }
  }
  return [...perFile.values()].sort((a, b) => a.dependency.length - b.dependency.length);
}

function emptyFile(name, { package: packageName, syntax }) {
  return { name, package: packageName, syntax, dependency: [], messageType: [], enumType: [], service: [] };
}

/** Makes the type names within `definition` absolute, and returns the types that they name. */
function absoluteTypeNames(definition, scope) {
  const used = [];
  const absolute = (name) => {
    const type = scope.lookup(name);
    if (!type) throw new Error(`${scope.fullName} names an unknown type ${name}`);
    used.push(type);
    return type.fullName;
  };
  for (const field of definition.field ?? []) {
    // The entry type of a map exists in the descriptor alone, and protoc would call it so.
    const entry = definition.nestedType.find(
      ({ name, options }) => options?.mapEntry && name === field.typeName,
    );
    if (entry && !entry.name.endsWith('Entry')) entry.name += 'Entry';
    if (entry) field.typeName = `${scope.fullName}.${entry.name}`;
    else if (field.typeName) field.typeName = absolute(field.typeName);
  }
  for (const method of definition.method ?? []) {
    method.inputType = absolute(method.inputType);
    method.outputType = absolute(method.outputType);
  }
  return used;
}

function writeDescriptors(descriptors) {
  const lines = descriptors.map((file) => {
    const bytes = descriptor.FileDescriptorProto.encode(file).finish();
    return `  Buffer.from('${Buffer.from(bytes).toString('base64')}', 'base64'), // ${file.name}`;
  });
  writeFileSync(join(out, 'descriptors.js'), `export const fileDescriptors = [\n${lines.join('\n')}\n];\n`);
  writeFileSync(
    join(out, 'descriptors.d.ts'),
    '/** A serialized FileDescriptorProto for each file of the API, imported files first. */\nexport const fileDescriptors: Buffer[];\n',
  );
}

/** What the rules need of package.json. */
import { z } from 'zod';
import type { SourceTree } from './source-tree.js';

const names = z.record(z.string(), z.string()).default({});

const manifestSchema = z.object({
  name: z.string(),
  bin: names,
  exports: z.record(z.string(), z.union([z.string(), names])).default({}),
  scripts: names,
  dependencies: names,
  devDependencies: names,
});

export type PackageManifest = z.infer<typeof manifestSchema>;

/** Throws if the tree has no package.json, or if it is malformed. */
export function readManifest(tree: SourceTree): PackageManifest {
  const text = tree.get('package.json');
  if (text === undefined) throw new Error('there is no package.json in the tree');
  return manifestSchema.parse(JSON.parse(text));
}

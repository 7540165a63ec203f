/** Imports go from layer to layer as the table says, and through the doors only. */
import { doorOf, type Layer, layerOf, PROGRAMS } from './layers.js';
import { importsOf, isOwn, type ModuleImport, resolveImport } from './module-import.js';
import { codeFiles, type SourceTree, type Violation } from './source-tree.js';

export function layerRule(tree: SourceTree): Violation[] {
  return codeFiles(tree).flatMap(([file, text]) => {
    const layer = layerOf(file);
    if (layer === undefined) return file.includes('/') ? [homeless(file)] : [];
    return importsOf(text)
      .filter(({ specifier }) => isOwn(specifier))
      .flatMap((imported) => checkImport(tree, file, layer, imported));
  });
}

function checkImport(tree: SourceTree, file: string, layer: Layer, imported: ModuleImport): Violation[] {
  const target = resolveImport(tree, file, imported.specifier);
  const targetLayer = layerOf(target);
  if (targetLayer === undefined || targetLayer === layer) return [];
  const at = { file, line: imported.line };
  if (!layer.mayImport.includes(targetLayer.folder)) {
    return [
      {
        ...at,
        problem: `${layer.folder} imports ${targetLayer.folder}`,
        instead: `It may import ${layer.mayImport.join(', ') || 'nothing'}: hand in what it needs, or move the code to the layer that may know it`,
      },
    ];
  }
  if (layer.insides || target === doorOf(targetLayer) || PROGRAMS.has(target)) return [];
  return [
    {
      ...at,
      problem: `it reaches past the door of ${targetLayer.folder} to ${target}`,
      instead: `Import from ${doorOf(targetLayer)}, and export there what is missing`,
    },
  ];
}

function homeless(file: string): Violation {
  return {
    file,
    problem: 'its folder is no layer',
    instead: 'Move it, or add the folder with its allowed imports to test/architecture/layers.ts',
  };
}

/** A file and a folder are named after what they hold. */
import { codeFiles, type SourceTree, type Violation } from './source-tree.js';

const SAYS_NOTHING =
  /^(?:utils?|helpers?|common|misc|types?|constants?|shared|lib)(?:\.|$)|-(?:utils?|helpers?)(?:\.|$)/;

export function fileNameRule(tree: SourceTree): Violation[] {
  return codeFiles(tree)
    .filter(([file]) => file.split('/').some((name) => SAYS_NOTHING.test(name)))
    .map(([file]) => ({
      file,
      problem: 'its name says nothing about what it holds',
      instead: 'Name it after the one noun of the field that it is about, and split it if there are several',
    }));
}

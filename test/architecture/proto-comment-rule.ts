/** Every message, field, enum, value, service and call of the API is documented. */
import protobuf from 'protobufjs';
import type { SourceTree, Violation } from './source-tree.js';

export function protoCommentRule(tree: SourceTree): Violation[] {
  return [...tree]
    .filter(([file]) => file.endsWith('.proto'))
    .flatMap(([file, text]) =>
      undocumented(parseProto(text)).map((name) => ({
        file,
        problem: `${name} has no comment`,
        instead: 'Say above it what it is, its unit, its bounds, and what absent and zero mean',
      })),
    );
}

/** One file, parsed with its comments; imports are not followed. */
export function parseProto(text: string): protobuf.Root {
  return protobuf.parse(text, { keepCase: true, alternateCommentMode: true }).root;
}

/** The dotted names, within the package, of what has no comment. */
function undocumented(root: protobuf.Root): string[] {
  const missing: string[] = [];
  const check = (name: string, comment: string | null | undefined): void => {
    if (comment === null || comment === undefined || comment.trim() === '')
      missing.push(name.replace(/^\./, ''));
  };
  const visit = (node: protobuf.ReflectionObject): void => {
    const isPackage = node.constructor === protobuf.Namespace || node instanceof protobuf.Root;
    if (!isPackage) check(node.fullName, node.comment);
    if (node instanceof protobuf.Enum) {
      for (const value of Object.keys(node.values)) check(`${node.fullName}.${value}`, node.comments[value]);
    }
    if (node instanceof protobuf.Type) node.fieldsArray.forEach(visit);
    if (node instanceof protobuf.Service) node.methodsArray.forEach(visit);
    if (node instanceof protobuf.Namespace) node.nestedArray.forEach(visit);
  };
  visit(root);
  return missing;
}

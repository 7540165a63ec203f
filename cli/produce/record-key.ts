/** Which key a line gets. Pure. */

/** Decides a record's key from its line; `value` is what is left of the line. */
export type KeyRule = (line: Buffer) => { key: Buffer | null; value: Buffer };

/** No key. */
export const noKey: KeyRule = (line) => ({ key: null, value: line });

/** What stands before the first separator is the key, what stands behind it the value. Throws if there is none. */
export function keyBeforeSeparator(separator: Buffer): KeyRule {
  return (line) => {
    const at = line.indexOf(separator);
    if (at < 0) throw new Error(`there is no ${JSON.stringify(separator.toString())} that ends the key`);
    return { key: line.subarray(0, at), value: line.subarray(at + separator.length) };
  };
}

/**
 * The field of a JSON line at a path of names and numbers with dots between (`user.id`, `items.0.sku`). Text is taken as it is, a number or
 * boolean as JSON writes it. The value is the whole line. Throws if there is no such field or it is an object, an array or null.
 */
export function keyFromField(path: string, parse: (line: Buffer) => unknown): KeyRule {
  const names = path.split('.');
  return (line) => ({ key: keyOf(names, path, parse(line)), value: line });
}

function keyOf(names: readonly string[], path: string, root: unknown): Buffer {
  let found = root;
  for (const name of names) {
    const inside = typeof found === 'object' && found !== null && Object.hasOwn(found, name);
    if (!inside) throw new Error(`there is no field ${path}`);
    found = (found as Record<string, unknown>)[name];
  }
  if (typeof found === 'object') {
    throw new Error(`the field ${path} is ${found === null ? 'null' : 'not a text, number or boolean'}`);
  }
  return Buffer.from(String(found));
}

/** A configuration as text that is itself a configuration file. */
import { Document, isScalar } from 'yaml';
import { OPTIONS, type OptionName, textOf } from './broker-config.js';
import type { ResolvedConfig } from './resolve-config.js';

/** YAML with one line for each option, and where its value came from. Holds no secrets: keys and certificates are named by their paths. */
export function printConfig({ config, origins }: ResolvedConfig): string {
  const document = new Document({});
  for (const name of Object.keys(OPTIONS) as OptionName[]) {
    const value = document.createNode(config[name] ?? textOf(undefined));
    if (isScalar(value)) value.comment = ` ${origins[name]}`;
    document.set(name, value);
  }
  return document.toString({ lineWidth: 0 });
}

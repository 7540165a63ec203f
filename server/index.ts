/** `respool/server`: a broker inside of a process, and the schema of its options. This layer's only door. */
export { Broker } from './broker.js';
export type { BrokerEnvironment } from './broker-environment.js';
export {
  type BrokerConfig,
  describeOptions,
  type OptionDescription,
  type OptionName,
} from './config/broker-config.js';
export { ConfigError, type Origin } from './config/config-error.js';
export { type Address, formatAddress, type OptionKind, parseAddress } from './config/option.js';
export { printConfig } from './config/print-config.js';
export {
  type ConfigSources,
  type ResolvedConfig,
  resolveConfig,
  resolveConfigWithOrigins,
} from './config/resolve-config.js';
export type { OnFatal } from './rpc/fault-reporter.js';

/** The broker's TLS, from the files that the configuration names. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { BrokerConfig } from '../config/broker-config.js';
import { ConfigError } from '../config/config-error.js';

type TlsConfig = Pick<BrokerConfig, 'tlsCert' | 'tlsKey' | 'tlsClientCa'>;

/** TLS if there is a certificate, mutual TLS if there is an authority for clients too. Throws {@link ConfigError} for a file that does not serve. */
export function serverCredentials({ tlsCert, tlsKey, tlsClientCa }: TlsConfig): ServerCredentials {
  if (tlsCert === undefined || tlsKey === undefined) return ServerCredentials.createInsecure();
  const cert = readPem('tlsCert', tlsCert);
  const key = readPem('tlsKey', tlsKey);
  const ca = tlsClientCa === undefined ? undefined : readPem('tlsClientCa', tlsClientCa);
  checked('tlsCert', tlsCert, () => createSecureContext({ cert }));
  checked('tlsKey', tlsKey, () => createSecureContext({ cert, key }));
  if (ca) checked('tlsClientCa', tlsClientCa ?? '', () => createSecureContext({ ca }));
  return ServerCredentials.createSsl(ca ?? null, [{ cert_chain: cert, private_key: key }], ca !== undefined);
}

function readPem(option: keyof TlsConfig, path: string): Buffer {
  return checked(option, path, () => {
    const pem = readFileSync(path);
    if (!pem.includes('-----BEGIN ')) throw new Error('it is not in PEM format');
    return pem;
  });
}

function checked<T>(option: keyof TlsConfig, path: string, use: () => T): T {
  try {
    return use();
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(
      option,
      `option ${option}`,
      `it is ${JSON.stringify(path)}, which cannot be used: ${problem}`,
      {
        cause,
      },
    );
  }
}

/**
 * A request that could not be decoded, in the place of the request. grpc-js would answer an error of a deserializer with INTERNAL; carried
 * on as a value it reaches the interceptor, which answers INVALID_ARGUMENT.
 */
import type { ServiceDefinition } from '@grpc/grpc-js';

export class MalformedRequest {
  constructor(readonly reason: string) {}
}

/** The service with deserializers that return a {@link MalformedRequest} instead of throwing. */
export function tolerant(service: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(service).map(([name, method]) => [
    name,
    {
      ...method,
      requestDeserialize(bytes: Buffer): unknown {
        try {
          return method.requestDeserialize(bytes);
        } catch (error) {
          return new MalformedRequest(error instanceof Error ? error.message : String(error));
        }
      },
    },
  ]);
  return Object.fromEntries(methods);
}

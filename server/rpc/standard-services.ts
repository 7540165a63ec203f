/** The services that every gRPC server is expected to have: health, and reflection, with which `grpcurl` needs no .proto files. */
import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation, service as healthService } from 'grpc-health-check';
import {
  ADMIN_SERVICE_NAME,
  fileDescriptors,
  GROUP_SERVICE_NAME,
  LOG_SERVICE_NAME,
} from '../../proto/index.js';

/** The names that health knows; the empty one is the server as a whole. */
const HEALTH_NAMES = ['', LOG_SERVICE_NAME, GROUP_SERVICE_NAME, ADMIN_SERVICE_NAME];

/** Adds health (`grpc.health.v1`); the answer says whether the broker serves, to those who watch as well. */
export function addHealth(server: Server): { serving(isServing: boolean): void } {
  const health = new HealthImplementation();
  health.addToServer(server);
  const serving = (isServing: boolean) => {
    for (const name of HEALTH_NAMES) health.setStatus(name, isServing ? 'SERVING' : 'NOT_SERVING');
  };
  serving(true);
  return { serving };
}

/** Adds reflection (`grpc.reflection.v1` and `v1alpha`) of our services and of health. */
export function addReflection(server: Server): void {
  // The package reads nothing of a definition but its descriptors.
  const described = {
    respool: { fileDescriptorProtos: fileDescriptors },
    health: { fileDescriptorProtos: healthFileDescriptors() },
  } as unknown as ConstructorParameters<typeof ReflectionService>[0];
  new ReflectionService(described).addToServer(server);
}

function healthFileDescriptors(): Buffer[] {
  const { Check } = healthService as { Check?: { requestType?: { fileDescriptorProtos?: Buffer[] } } };
  return Check?.requestType?.fileDescriptorProtos ?? [];
}

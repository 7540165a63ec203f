/** A unary call as a function: one request in, one answer or error out. */
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { callError } from './error-status.js';
import type { FaultReporter } from './fault-reporter.js';

export function unary<Request, Response>(
  faults: FaultReporter,
  answer: (request: Request) => Promise<Response>,
): (call: ServerUnaryCall<Request, Response>, respond: sendUnaryData<Response>) => void {
  return (call, respond) => {
    answer(call.request).then(
      (response) => respond(null, response),
      (error: unknown) => {
        faults.report(error, call.getPath());
        respond(callError(error));
      },
    );
  };
}

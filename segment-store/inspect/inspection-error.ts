/** Thrown when there is nothing to inspect at a path: `PATH_NOT_FOUND`, or `NOT_A_LOG` for a file or folder that is none of ours. Name another. */
export class InspectionError extends Error {
  override readonly name = 'InspectionError';

  constructor(
    readonly code: 'PATH_NOT_FOUND' | 'NOT_A_LOG',
    message: string,
    readonly path: string,
  ) {
    super(message);
  }
}

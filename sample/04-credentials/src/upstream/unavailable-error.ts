/** A server failed, and may answer in a moment. Of what it said only the status is kept: the rest may repeat secrets. */
export class UnavailableError extends Error {
  constructor(
    path: string,
    readonly status: number,
  ) {
    super(`${path} is unavailable: ${status}`);
    this.name = 'UnavailableError';
  }
}

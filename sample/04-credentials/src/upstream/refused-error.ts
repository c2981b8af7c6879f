/** A server refused, and would refuse again. Of its answer only the status and a code are kept: the rest may repeat secrets. */
export class RefusedError extends Error {
  constructor(
    path: string,
    readonly status: number,
    code: unknown,
  ) {
    super(`${path} refuses: ${status} ${isCode(code) ? code : ''}`.trimEnd());
    this.name = 'RefusedError';
  }
}

/** The errors of RFC 6749 and RFC 6750 are words such as `invalid_client`. */
function isCode(code: unknown): code is string {
  return typeof code === 'string' && /^[a-z_]{1,40}$/.test(code);
}

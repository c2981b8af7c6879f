/**
 * Whether this process reads the table's stream: beside a DynamoDB of one's own, where no Lambda function does, or where
 * POLL_STREAM says so. Two who read it would do everything twice.
 *
 * @throws Error when POLL_STREAM says neither
 */
export function isStreamPolled(): boolean {
  const { DYNAMODB_ENDPOINT, POLL_STREAM } = process.env;
  switch (POLL_STREAM) {
    case undefined:
      return Boolean(DYNAMODB_ENDPOINT);
    case 'true':
      return true;
    case 'false':
      return false;
    default:
      throw new Error(`POLL_STREAM is '${POLL_STREAM}': write true or false, or leave it out.`);
  }
}

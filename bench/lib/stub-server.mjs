/**
 * A DynamoDB that answers at once, in a process of its own: it keeps what PutItem brings and gives it back as it came.
 * No engine is behind it, so what a client costs is nearly all there is to measure.
 */
import { createServer } from 'node:http';

const TYPE = { 'content-type': 'application/x-amz-json-1.0' };
const items = new Map();

const operations = {
  PutItem({ Item }) {
    items.set(Item.pk.S, JSON.stringify(Item));
    return '{}';
  },
  GetItem({ Key }) {
    const item = items.get(Key.pk.S);
    return item ? `{"Item":${item}}` : '{}';
  },
  BatchGetItem({ RequestItems }) {
    const responses = Object.entries(RequestItems).map(([table, { Keys }]) => {
      const found = Keys.flatMap(({ pk }) => items.get(pk.S) ?? []);
      return `${JSON.stringify(table)}:[${found.join(',')}]`;
    });
    return `{"Responses":{${responses.join(',')}},"UnprocessedKeys":{}}`;
  },
};

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const operation = operations[request.headers['x-amz-target']?.split('.')[1]];
    if (!operation) {
      response.writeHead(400, TYPE).end('{"__type":"com.amazonaws#UnknownOperationException"}');
      return;
    }
    response.writeHead(200, TYPE).end(operation(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
  });
});

// An idle connection closed in the very moment of its next request would be an error of the bench, not of a client.
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`));
process.once('disconnect', () => process.exit());

/** `npm run synth`; `npx cdk deploy` runs it, too. Region and account are those of whoever deploys. */
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { RestaurantsStack } from './restaurants-stack';

const sample = join(__dirname, '..', '..');
const app = new App({ outdir: process.env.CDK_OUTDIR ?? join(sample, 'cdk.out') });
new RestaurantsStack(app, 'Restaurants', { functionFolder: join(sample, 'dist', 'function') });
app.synth();

/** Each template is read by its own ecosystem's tool where that can be had. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidOptionsError } from '../../lib/invalid-options-error';
import type { TableDesign } from '../../lib/infra/table-design';
import { TEMPLATE_KINDS, template } from '../../lib/infra/templates';

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const SETTINGS: Record<string, TableDesign> = {
  plain: {},
  'with everything': {
    tableName: 'cache-prod',
    layout: { partitionKey: 'id', sortKey: 'range', ttl: 'expires_at', value: 'cached_value' },
    stream: true,
    alarms: true,
    pointInTimeRecovery: true,
    kmsKeyArn: KEY,
  },
};
const cases = Object.entries(SETTINGS);

const folder = mkdtempSync(join(tmpdir(), 'cache-templates-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

interface Diagnostic {
  readonly severity: string;
  readonly ruleId: string;
  readonly message: string;
}

// The validator of CloudFormation that the CDK itself runs; it comes inside aws-cdk-lib.
const requireFromCdk = createRequire(require.resolve('aws-cdk-lib/package.json'));
interface Engine {
  validateTemplate(content: object): { diagnostics: Diagnostic[] };
  free(): void;
}
const { CompositeEngine, TemplateContent } = requireFromCdk('@aws/cloudformation-validate') as {
  CompositeEngine: new () => Engine;
  TemplateContent: new (text: string, name: string) => object;
};
const yaml = requireFromCdk('yaml') as { parse(text: string, options: object): Record<string, unknown> };

describe('CloudFormation and SAM', () => {
  let engine: Engine;
  beforeAll(() => {
    engine = new CompositeEngine();
  });
  afterAll(() => {
    engine.free();
  });
  const complaints = (text: string) =>
    engine
      .validateTemplate(new TemplateContent(text, 'cache.yaml'))
      .diagnostics.filter(({ severity }) => ['WARN', 'ERROR', 'FATAL'].includes(severity))
      .map(({ ruleId, message }) => `${ruleId}: ${message}`);

  it.each(cases)('the validator of CloudFormation finds no fault: %s', (_, settings) => {
    expect(complaints(template('cloudformation', settings))).toEqual([]);
    expect(complaints(template('sam', settings))).toEqual([]);
  });

  it('the validator would find one', () => {
    const broken = template('cloudformation').replace('AttributeType: S', 'AttributeType: X');
    expect(complaints(broken)).not.toEqual([]);
    const misnamed = template('cloudformation').replace('BillingMode', 'BilingMode');
    expect(complaints(misnamed)).not.toEqual([]);
  });

  it('cfn-lint finds no fault, where it is installed', () => {
    if (spawnSync('cfn-lint', ['--version']).error) {
      console.log('skipped: cfn-lint is not installed');
      return;
    }
    const files = cases.flatMap(([name, settings]) =>
      (['cloudformation', 'sam'] as const).map((kind) =>
        written(`${name}.${kind}.yaml`, template(kind, settings)),
      ),
    );
    const { stdout, status } = spawnSync('cfn-lint', files, { encoding: 'utf8' });
    expect([stdout, status]).toEqual(['', 0]);
  });

  it('make the table that the cache needs', () => {
    const { Resources } = yaml.parse(template('cloudformation', SETTINGS['with everything']), {
      customTags: ['!Ref', '!GetAtt'].map((tag) => ({
        tag,
        resolve: (_: unknown, { strValue }: { strValue: string }) => strValue,
      })),
    }) as { Resources: Record<string, { Properties: object }> };
    expect(Object.keys(Resources)).toEqual([
      'CacheTable',
      'CacheRuntimePolicy',
      'CacheReadThrottleEvents',
      'CacheWriteThrottleEvents',
    ]);
    expect(Resources.CacheTable?.Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'range', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: KEY },
      StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });
});

describe.each(['cloudformation', 'sam', 'terraform'] as const)("%s with a key of one's own", (kind) => {
  it('encrypts with it, and lets the application use it through DynamoDB', () => {
    const text = template(kind, { kmsKeyArn: KEY });
    expect(text.split(KEY)).toHaveLength(3);
    expect(text).toContain('dynamodb.eu-central-1.amazonaws.com');
    expect(text).toContain('kms:Decrypt');
    // Nobody creates a table at run time.
    expect(text).not.toContain('kms:CreateGrant');
    expect(template(kind)).not.toMatch(/kms:|kms_key/);
  });
});

describe('Terraform', () => {
  it.each(cases)('reads it, and would write it no other way, where it is installed: %s', (_, settings) => {
    if (spawnSync('terraform', ['version']).error) {
      console.log('skipped: terraform is not installed');
      return;
    }
    const file = written('main.tf', template('terraform', settings));
    const { stdout, stderr, status } = spawnSync('terraform', ['fmt', '-check', '-diff', '-no-color', file], {
      encoding: 'utf8',
      env: { ...process.env, TF_CLI_CONFIG_FILE: '/dev/null' },
    });
    expect([stdout, stderr, status]).toEqual(['', '', 0]);
  });

  // The blocks and arguments of aws_dynamodb_table in the provider's documentation.
  it('uses arguments that the provider has', () => {
    const text = template('terraform', SETTINGS['with everything']);
    const [, table = ''] = /resource "aws_dynamodb_table" "cache" \{\n([\s\S]*?)\n\}/.exec(text) ?? [];
    const top = [...table.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
    expect(top).toEqual([
      'name',
      'billing_mode',
      'hash_key',
      'range_key',
      'stream_enabled',
      'stream_view_type',
      'attribute',
      'attribute',
      'ttl',
      'server_side_encryption',
      'point_in_time_recovery',
    ]);
    expect(text).toContain('hash_key     = "id"');
    expect(text).toContain('attribute_name = "expires_at"');
    expect(balance(text)).toBe(0);
  });
});

/** Open braces less closed ones, outside strings and comments. */
function balance(text: string): number {
  const bare = text.replace(/"(?:[^"\\]|\\.)*"|#.*$/gm, '');
  return bare.split('{').length - bare.split('}').length;
}

it.each(['cloudformation', 'sam', 'terraform'] as const)(
  '%s lets the stream be read where there is one',
  (kind) => {
    expect(template(kind, { stream: true })).toContain('dynamodb:GetRecords');
    expect(template(kind)).not.toContain('dynamodb:GetRecords');
  },
);

describe.each(TEMPLATE_KINDS)('%s', (kind) => {
  it.each([
    ['a name with a quote', { tableName: "x'; drop" }],
    ['a name that is too short', { tableName: 'ab' }],
    ['a line feed in the TTL attribute', { layout: { ttl: 'ttl\nEvil: true' } }],
    ['an alias in the place of a key', { kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:alias/cache' }],
    ['a quote in a key', { kmsKeyArn: `${KEY}'` }],
    ['an interpolation in the partition key', { layout: { partitionKey: '${file("/etc/passwd")}' } }],
  ])('refuses %s', (_, settings) => {
    expect(() => template(kind, settings)).toThrow(InvalidOptionsError);
  });

  it('ends with one line feed and has no trailing blanks', () => {
    for (const settings of Object.values(SETTINGS)) {
      const text = template(kind, settings);
      expect(text).toMatch(/[^\n]\n$/);
      expect(text).not.toMatch(/[ \t]$/m);
      expect(text).not.toContain('undefined');
    }
  });
});

/** The SAM template of the credentials sample, read by CloudFormation's own validator and by cfn-lint where it is installed. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';

const FILE = 'sample/04-credentials/template.yaml';
const source = readFileSync(FILE, 'utf8');

// The validator that the CDK itself runs, and its YAML; they come inside aws-cdk-lib.
const requireFromCdk = createRequire(require.resolve('aws-cdk-lib/package.json'));
const { CompositeEngine, TemplateContent } = requireFromCdk('@aws/cloudformation-validate') as {
  CompositeEngine: new () => {
    validateTemplate(content: object): { diagnostics: { severity: string; message: string }[] };
    free(): void;
  };
  TemplateContent: new (text: string, name: string) => object;
};
const yaml = requireFromCdk('yaml') as { parse(text: string, options: object): Record<string, unknown> };

interface Resource {
  readonly Properties: Record<string, never> & Readonly<Record<string, unknown>>;
}

function resources(): Record<string, Resource> {
  const customTags = ['!Ref', '!GetAtt', '!Sub'].map((tag) => ({
    tag,
    resolve: (_: unknown, { strValue }: { strValue: string }) => strValue,
  }));
  return yaml.parse(source, { customTags }).Resources as Record<string, Resource>;
}

function complaints(text: string): string[] {
  const engine = new CompositeEngine();
  try {
    return engine
      .validateTemplate(new TemplateContent(text, 'template.yaml'))
      .diagnostics.filter(({ severity }) => ['WARN', 'ERROR', 'FATAL'].includes(severity))
      .map(({ message }) => message);
  } finally {
    engine.free();
  }
}

it('has no fault, and a fault would be found', () => {
  expect(complaints(source)).toEqual([]);
  expect(complaints(source.replace('AttributeType: S', 'AttributeType: X'))).not.toEqual([]);
});

it('has no fault for cfn-lint, where it is installed', { timeout: 120_000 }, () => {
  const { error, stdout, status } = spawnSync('cfn-lint', [FILE], { encoding: 'utf8' });
  if (error) {
    console.log('skipped: cfn-lint is not installed');
    return;
  }
  expect([stdout, status]).toEqual(['', 0]);
});

it('makes a table that forgets and is encrypted, and a function that has what it reads', () => {
  const { CacheTable, ApplicationFunction } = resources();
  expect(CacheTable?.Properties).toMatchObject({
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    SSESpecification: { SSEEnabled: true },
  });
  expect(ApplicationFunction?.Properties).toMatchObject({
    Handler: 'dist/lambda.handler',
    Environment: {
      Variables: {
        CACHE_TABLE: 'CacheTable',
        PLATFORM_URL: 'PlatformUrl',
        CLIENT_SECRETS: expect.stringMatching(/^\{\{resolve:secretsmanager:/),
        CACHE_KEYS: expect.stringMatching(/^\{\{resolve:secretsmanager:/),
      },
    },
  });
});

/** The table beside a function that uses it, as an AWS SAM template. */
import type { ResolvedTableSettings } from '../table-settings';
import { outputsOf, parametersOf, resourcesOf } from './cloudformation';
import { indented, lines } from './text';

export function samTemplate(settings: ResolvedTableSettings): string {
  return lines(
    "AWSTemplateFormatVersion: '2010-09-09'",
    'Transform: AWS::Serverless-2016-10-31',
    'Description: A function and the DynamoDB table of its nestjs-dynamo-cache',
    '',
    parametersOf(settings),
    '',
    'Resources:',
    indented(exampleFunction()),
    '',
    indented(resourcesOf(settings)),
    '',
    'Outputs:',
    indented(outputsOf(settings)),
  );
}

function exampleFunction(): string {
  return lines(
    '# Put your own in its place.',
    'ApplicationFunction:',
    '  Type: AWS::Serverless::Function',
    '  Properties:',
    '    Runtime: nodejs22.x',
    '    Handler: dist/lambda.handler',
    '    CodeUri: .',
    '    MemorySize: 512',
    '    Environment:',
    '      Variables:',
    '        CACHE_TABLE: !Ref CacheTable',
    '    Policies:',
    '      - !Ref CacheRuntimePolicy',
  );
}

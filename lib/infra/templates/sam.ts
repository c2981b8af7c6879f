/** The table beside a function that uses it, as an AWS SAM template. */
import type { ResolvedTableDesign } from '../table-design';
import { outputsOf, parametersOf, resourcesOf } from './cloudformation';
import { indented, lines } from './text';

export function samTemplate(design: ResolvedTableDesign): string {
  return lines(
    "AWSTemplateFormatVersion: '2010-09-09'",
    'Transform: AWS::Serverless-2016-10-31',
    'Description: A function and the DynamoDB table of its nestjs-dynamo-cache',
    '',
    parametersOf(design),
    '',
    'Resources:',
    indented(exampleFunction()),
    '',
    indented(resourcesOf(design)),
    '',
    'Outputs:',
    indented(outputsOf(design)),
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

import { describe, expect, it } from 'vitest';
import { type Synthesised, spelled } from '../support/synthesis.ts';

export function storage(stacks: Synthesised): void {
  const buckets = stacks.resources('AWS::S3::Bucket');
  const policyOf = (bucket: string) =>
    stacks
      .resources('AWS::S3::BucketPolicy')
      .find(([, { Properties }]) => spelled(Properties['Bucket']) === `<${bucket}>`);
  const bucket = (word: string) => buckets.find(([id]) => id.startsWith(word))?.[1].Properties ?? {};

  describe('storage', () => {
    it.each(buckets.map(([id]) => id))('keeps %s from the public', (id) => {
      expect(
        stacks.resources('AWS::S3::Bucket').find(([other]) => other === id)?.[1].Properties[
          'PublicAccessBlockConfiguration'
        ],
      ).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
    });

    it.each(buckets.map(([id]) => id))('takes requests to %s by TLS 1.2 or newer only', (id) => {
      const statements = policyOf(id)?.[1].Properties['PolicyDocument'].Statement ?? [];
      const denials = statements.filter((statement: { Effect: string }) => statement.Effect === 'Deny');
      const conditions = denials.map(({ Condition }: { Condition: object }) => Condition);
      expect(conditions).toContainEqual({ Bool: { 'aws:SecureTransport': 'false' } });
      expect(conditions).toContainEqual({ NumericLessThan: { 's3:TlsVersion': 1.2 } });
      for (const { Action, Principal } of denials) {
        expect(Action).toBe('s3:*');
        expect(Principal).toEqual({ AWS: '*' });
      }
    });

    it.each(['Originals', 'Derived', 'Models'])('encrypts %s with the key of the archive', (word) => {
      const [rule] = bucket(word)['BucketEncryption'].ServerSideEncryptionConfiguration;
      expect(rule.ServerSideEncryptionByDefault.SSEAlgorithm).toBe('aws:kms');
      expect(spelled(rule.ServerSideEncryptionByDefault.KMSMasterKeyID)).toMatch(/^<Key[0-9A-F]+\.Arn>$/);
      expect(rule.BucketKeyEnabled).toBe(true);
    });

    it('keeps every version of an original, and announces each arrival', () => {
      expect(bucket('Originals')['VersioningConfiguration']).toEqual({ Status: 'Enabled' });
      expect(bucket('Originals')['NotificationConfiguration']).toEqual({
        EventBridgeConfiguration: { EventBridgeEnabled: true },
      });
    });

    it('lets exactly the page put uploads from a browser', () => {
      const [rule, ...others] = bucket('Originals')['CorsConfiguration'].CorsRules;
      expect(others).toEqual([]);
      expect(rule.AllowedOrigins).toEqual(stacks.deployment.environment.pageOrigins);
      expect(rule.AllowedMethods).toContain('PUT');
      expect(rule.AllowedMethods).not.toContain('DELETE');
      for (const word of ['Derived', 'Models', 'AccessLogs']) expect(bucket(word)['CorsConfiguration']).toBeUndefined();
    });

    it('ends abandoned uploads and superseded versions, and moves what is rarely read', () => {
      const rules = (word: string) => bucket(word)['LifecycleConfiguration'].Rules;
      for (const word of ['Originals', 'Derived', 'Models'])
        expect(rules(word)).toContainEqual(
          expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 }, Status: 'Enabled' }),
        );
      expect(rules('Originals')).toContainEqual(
        expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: 30 } }),
      );
      expect(rules('Derived')).toContainEqual(
        expect.objectContaining({ Transitions: [{ StorageClass: 'INTELLIGENT_TIERING', TransitionInDays: 90 }] }),
      );
    });

    it('never lets an original or its current version expire', () => {
      for (const rule of bucket('Originals')['LifecycleConfiguration'].Rules)
        expect(rule).not.toHaveProperty('ExpirationInDays');
    });

    it('turns the key once a year', () => {
      const [[, key] = []] = stacks.resources('AWS::KMS::Key', 'storage');
      expect(key?.Properties['EnableKeyRotation']).toBe(true);
    });

    it('keeps a ledger that can be set back, with three sparse indexes', () => {
      const [[, ledger] = []] = stacks.resources('AWS::DynamoDB::GlobalTable');
      const [replica] = ledger?.Properties['Replicas'] ?? [];
      expect(replica.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
      expect(ledger?.Properties['SSESpecification']).toMatchObject({ SSEEnabled: true, SSEType: 'KMS' });
      expect(ledger?.Properties['TimeToLiveSpecification']).toMatchObject({ Enabled: true });
      expect(ledger?.Properties['BillingMode']).toBe('PAY_PER_REQUEST');
      expect(
        ledger?.Properties['GlobalSecondaryIndexes'].map(({ IndexName }: { IndexName: string }) => IndexName),
      ).toEqual(['byUnsettled', 'byUploadDay', 'byGroup']);
    });

    it('survives the deletion of its stack where the environment says so', () => {
      const kept = stacks.deployment.environment.removal === 'retain' ? 'Retain' : 'Delete';
      for (const type of ['AWS::S3::Bucket', 'AWS::DynamoDB::GlobalTable', 'AWS::KMS::Key'])
        for (const [, resource] of stacks.resources(type, 'storage')) expect(resource.DeletionPolicy).toBe(kept);
    });
  });
}

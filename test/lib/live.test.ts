import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { feedSchema } from '../../lambdas/contracts/live.ts';
import { root } from '../../lib/config/deployment.ts';
import { spelled, synthesised } from './support/synthesis.ts';

describe.each(['staging', 'prod'] as const)('the live stack of %s', (name) => {
  const stacks = synthesised(name);
  const feeds = stacks.deployment.environment.live?.feeds ?? [];
  const definitions = stacks.resources('AWS::ECS::TaskDefinition', 'live').map(([, { Properties }]) => Properties);
  const containers = definitions.map((definition) => definition['ContainerDefinitions'][0]);

  it('runs one service a feed, each with exactly one task', () => {
    const services = stacks.resources('AWS::ECS::Service', 'live').map(([, { Properties }]) => Properties);
    expect(feeds.length).toBeGreaterThan(0);
    expect(services).toHaveLength(feeds.length);
    for (const service of services) {
      expect(service).toMatchObject({ LaunchType: 'FARGATE', DesiredCount: 1 });
      // A second task on the same feed would publish every shot twice.
      expect(service['DeploymentConfiguration']).toMatchObject({ MaximumPercent: 100, MinimumHealthyPercent: 0 });
      expect(service['NetworkConfiguration'].AwsvpcConfiguration.AssignPublicIp).toBe('DISABLED');
      expect(service['EnableExecuteCommand']).not.toBe(true);
    }
  });

  it('lets nothing in', () => {
    expect(stacks.resources('AWS::EC2::SecurityGroupIngress', 'live')).toEqual([]);
    for (const [, { Properties }] of stacks.resources('AWS::EC2::SecurityGroup', 'live'))
      expect(Properties['SecurityGroupIngress']).toBeUndefined();
    for (const container of containers) expect(container.PortMappings ?? []).toEqual([]);
  });

  it('writes nowhere but in its scratch space, and is not root', () => {
    for (const container of containers) {
      expect(container.ReadonlyRootFilesystem).toBe(true);
      expect(container.User).toBe('1000');
      expect(container.MountPoints).toEqual([{ ContainerPath: '/tmp', ReadOnly: false, SourceVolume: 'scratch' }]);
      expect(container.Privileged).not.toBe(true);
    }
  });

  it('has two minutes to publish and file what it holds', () => {
    for (const container of containers) expect(container.StopTimeout).toBe(120);
  });

  it('hands out addresses as secrets, never as variables', () => {
    for (const container of containers) {
      expect(container.Secrets.map(({ Name }: { Name: string }) => Name)).toEqual(['LIVE_FEED_ADDRESS']);
      const variables = container.Environment.map(({ Name }: { Name: string }) => Name);
      expect(variables).not.toContain('LIVE_FEED_ADDRESS');
      const feed = container.Environment.find(({ Name }: { Name: string }) => Name === 'LIVE_FEED')?.Value;
      expect(feedSchema.parse(JSON.parse(feed)).name).toBe(feeds[0]?.name);
    }
  });

  it('logs into an encrypted group, and so does its network', () => {
    const groups = stacks.resources('AWS::Logs::LogGroup', 'live').map(([, { Properties }]) => Properties);
    expect(groups.map(({ LogGroupName }) => LogGroupName).sort()).toEqual(
      [...feeds.map((feed) => `/wirescope/${name}/live-${feed.name}`), `/wirescope/${name}/live-network`].sort(),
    );
    for (const group of groups) expect(spelled(group['KmsKeyId'])).toContain('Key');
  });

  it('asks an endpoint that answers at once', () => {
    const [[, configuration] = []] = stacks.resources('AWS::SageMaker::EndpointConfig', 'live');
    expect(configuration?.Properties['AsyncInferenceConfig']).toBeUndefined();
  });

  it('has every feed watched for silence, delay, absence, restarts and losses', () => {
    const names = stacks
      .resources('AWS::CloudWatch::Alarm', 'monitoring')
      .map(([, { Properties }]) => String(Properties['AlarmName']));
    for (const feed of feeds)
      for (const kind of ['liveSilent', 'liveBehind', 'liveAway', 'liveRestarts', 'liveUndelivered'])
        expect(names).toContain(`wirescope-${name}-${kind}-${feed.name}`);
  });
});

describe('the live stack', () => {
  it('is left out where no environment asks for it: its endpoint costs as long as it stands', () => {
    expect(
      synthesised('dev')
        .resources('AWS::SageMaker::Endpoint')
        .map(([id]) => id)
        .join(),
    ).not.toMatch(/ShotsLive/);
  });
});

describe('the image of the live service', () => {
  const lines = readFileSync(path.join(root, 'lambdas', 'live', 'Dockerfile'), 'utf8').split('\n');
  it('stands on one pinned image', () => {
    const bases = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]);
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(/@sha256:[0-9a-f]{64}$/);
  });
  it('starts the service itself, so that it hears SIGTERM, and not as root', () => {
    expect(lines).toContain('USER 1000');
    expect(lines).toContain('CMD ["node", "live.service.cjs"]');
  });
});

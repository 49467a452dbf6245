import { RemovalPolicy } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionSurroundings } from './archive-function.ts';

/** A network that feeds are fetched from: out through one gateway, in by nothing. */
export class LiveNetwork extends Construct {
  readonly vpc: IVpc;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, { surroundings }: { surroundings: FunctionSurroundings }) {
    super(scope, id);
    // exactOptionalPropertyTypes: the class declares as `| undefined` what its interface declares as absent.
    this.vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 1,
      // It would bring a function with a role of its own; nothing uses the default group.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'out', subnetType: SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false },
        { name: 'tasks', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
      ],
      gatewayEndpoints: { s3: { service: GatewayVpcEndpointAwsService.S3 } },
      flowLogs: {
        all: {
          trafficType: FlowLogTrafficType.REJECT,
          destination: FlowLogDestination.toCloudWatchLogs(
            new LogGroup(this, 'Refused', {
              logGroupName: `/wirescope/${surroundings.environmentName}/live-network`,
              encryptionKey: surroundings.key,
              retention: surroundings.logRetentionDays,
              removalPolicy: RemovalPolicy.DESTROY,
            }),
          ),
        },
      },
    }) as IVpc;
    // Feeds speak on ports of their owners' choosing, so that going out is not narrowed; nothing comes in.
    this.securityGroup = new SecurityGroup(this, 'Tasks', {
      vpc: this.vpc,
      description: 'Live feeds: out to feeds and AWS, in from nowhere',
      allowAllOutbound: true,
    });
  }
}

import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccountRecovery, CfnUserPoolGroup, Mfa, UserPool, type UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';

const minPasswordLength = 12;
const temporaryPasswordDays = 3;
const tokenMinutes = 60;
const refreshTokenDays = 7;

export const roles = {
  editor: 'Uploads, searches, plays',
  operator: 'As an editor; also redrives and withdraws',
} as const;

/** Who may sign in: people whom an operator has entered, in one of two groups. */
export class Editors extends Construct {
  readonly pool: UserPool;
  readonly client: UserPoolClient;

  constructor(
    scope: Construct,
    id: string,
    props: { isMfaOffered: boolean; removalPolicy: RemovalPolicy; isProtected: boolean },
  ) {
    super(scope, id);
    this.pool = new UserPool(this, 'Pool', {
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      deletionProtection: props.isProtected,
      mfa: props.isMfaOffered ? Mfa.OPTIONAL : Mfa.OFF,
      ...(props.isMfaOffered ? { mfaSecondFactor: { otp: true, sms: false } } : {}),
      passwordPolicy: {
        minLength: minPasswordLength,
        requireDigits: true,
        requireLowercase: true,
        requireSymbols: true,
        requireUppercase: true,
        tempPasswordValidity: Duration.days(temporaryPasswordDays),
      },
      removalPolicy: props.removalPolicy,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
    });
    this.client = this.pool.addClient('Page', {
      accessTokenValidity: Duration.minutes(tokenMinutes),
      authFlows: { userPassword: true, userSrp: true },
      disableOAuth: true,
      generateSecret: false,
      idTokenValidity: Duration.minutes(tokenMinutes),
      preventUserExistenceErrors: true,
      refreshTokenValidity: Duration.days(refreshTokenDays),
    });
    for (const [groupName, description] of Object.entries(roles))
      new CfnUserPoolGroup(this, `${groupName}Group`, { userPoolId: this.pool.userPoolId, groupName, description });
    Validations.of(this.pool).acknowledge(
      {
        id: 'AwsSolutions-COG2',
        reason: 'A second factor is offered to every editor; a newsroom decides whom it obliges.',
      },
      {
        id: 'AwsSolutions-COG8',
        reason: 'The plan with threat protection costs by the editor; nobody can sign up by themselves.',
      },
      {
        id: 'AwsSolutions-COG3',
        reason: 'The plan with threat protection costs by the editor; nobody can sign up by themselves.',
      },
    );
  }
}

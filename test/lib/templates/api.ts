import { describe, expect, it } from 'vitest';
import { type Synthesised, spelled } from '../support/synthesis.ts';

export function api(stacks: Synthesised): void {
  const { environment } = stacks.deployment;
  const routes = stacks.resources('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);

  describe('the HTTP API', () => {
    it('has these routes', () => {
      expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual([
        'GET /assets/{assetId}',
        'GET /assets/{assetId}/near-duplicates',
        'GET /openapi.json',
        'GET /search',
        'GET /status',
        'GET /uploads',
        'POST /assets/{assetId}/near-duplicates',
        'POST /assets/{assetId}/near-duplicates/split',
        'POST /uploads',
      ]);
    });

    it('lets nobody through any of them without a token of the user pool', () => {
      const [[authorizerId, authorizer] = [], ...others] = stacks.resources('AWS::ApiGatewayV2::Authorizer');
      expect(others).toEqual([]);
      expect(authorizer?.Properties['AuthorizerType']).toBe('JWT');
      expect(spelled(authorizer?.Properties['JwtConfiguration'].Issuer)).toMatch(
        /^https:\/\/cognito-idp\..*<EditorsPool/,
      );
      expect(authorizer?.Properties['JwtConfiguration'].Audience.map(spelled)).toEqual([
        expect.stringMatching(/^<EditorsPoolPage/),
      ]);
      for (const route of routes) {
        expect(route['AuthorizationType']).toBe('JWT');
        expect(spelled(route['AuthorizerId'])).toBe(`<${authorizerId}>`);
      }
    });

    it('has no second door: no function address, no other API', () => {
      expect(stacks.resources('AWS::Lambda::Url')).toEqual([]);
      expect(stacks.resources('AWS::ApiGateway::RestApi')).toEqual([]);
      expect(stacks.resources('AWS::ApiGatewayV2::Api')).toHaveLength(1);
    });

    it('is throttled, and writes down who asked for what', () => {
      const [[, stage] = []] = stacks.resources('AWS::ApiGatewayV2::Stage');
      expect(stage?.Properties['DefaultRouteSettings']).toMatchObject({
        ThrottlingRateLimit: environment.api.requestsPerSecond,
        ThrottlingBurstLimit: environment.api.burst,
      });
      expect(stage?.Properties['AccessLogSettings'].DestinationArn).toBeDefined();
    });

    it('answers the page in a browser and no other origin', () => {
      const [[, http] = []] = stacks.resources('AWS::ApiGatewayV2::Api');
      const origins: string[] = http?.Properties['CorsConfiguration'].AllowOrigins.map(spelled);
      expect(origins).not.toContain('*');
      expect(origins[0]).toMatch(/^https:\/\/<PageDistribution\w+\.DomainName>$/);
      expect(origins.slice(1)).toEqual(environment.name === 'local' ? environment.pageOrigins : []);
    });
  });

  describe('the editors', () => {
    const [[, pool] = []] = stacks.resources('AWS::Cognito::UserPool');
    const [[, client] = []] = stacks.resources('AWS::Cognito::UserPoolClient');

    it('cannot sign up by themselves, and have strong passwords', () => {
      expect(pool?.Properties['AdminCreateUserConfig']).toEqual({ AllowAdminCreateUserOnly: true });
      expect(pool?.Properties['Policies'].PasswordPolicy).toMatchObject({
        MinimumLength: 12,
        RequireLowercase: true,
        RequireNumbers: true,
        RequireSymbols: true,
        RequireUppercase: true,
      });
    });

    it('come in two groups', () => {
      const groups = stacks
        .resources('AWS::Cognito::UserPoolGroup')
        .map(([, { Properties }]) => Properties['GroupName']);
      expect(groups.sort()).toEqual(['editor', 'operator']);
    });

    it('are not told whether a name exists, and sign in through no secret of the page', () => {
      expect(client?.Properties['PreventUserExistenceErrors']).toBe('ENABLED');
      expect(client?.Properties['GenerateSecret']).toBe(false);
    });
  });

  describe('the page', () => {
    const [[, distribution] = []] = stacks.resources('AWS::CloudFront::Distribution');
    const config = distribution?.Properties['DistributionConfig'] ?? {};
    const [[, headers] = []] = stacks.resources('AWS::CloudFront::ResponseHeadersPolicy');
    const security = headers?.Properties['ResponseHeadersPolicyConfig'].SecurityHeadersConfig ?? {};
    const directives = Object.fromEntries(
      spelled(security.ContentSecurityPolicy.ContentSecurityPolicy)
        .split('; ')
        .map((directive) => {
          const [name = '', ...sources] = directive.split(' ');
          return [name, sources];
        }),
    );

    it('is served over HTTPS from a bucket that only CloudFront reads', () => {
      expect(config.DefaultCacheBehavior.ViewerProtocolPolicy).toBe('redirect-to-https');
      expect(config.Origins[0].OriginAccessControlId).toBeDefined();
      expect(config.DefaultCacheBehavior.ResponseHeadersPolicyId).toBeDefined();
    });

    it('answers for the paths of its own router', () => {
      expect(config.CustomErrorResponses.map(({ ErrorCode }: { ErrorCode: number }) => ErrorCode)).toEqual([403, 404]);
      for (const answer of config.CustomErrorResponses)
        expect(answer).toMatchObject({ ResponseCode: 200, ResponsePagePath: '/index.html' });
    });

    it('runs its own scripts only, in nobody’s frame', () => {
      expect(directives['default-src']).toEqual(["'none'"]);
      expect(directives['script-src']).toEqual(["'self'"]);
      expect(directives['frame-ancestors']).toEqual(["'none'"]);
      expect(directives['object-src']).toEqual(["'none'"]);
      expect(directives['base-uri']).toEqual(["'none'"]);
      for (const sources of Object.values(directives)) {
        expect(sources).not.toContain('*');
        expect(sources).not.toContain('https:');
        expect(sources).not.toContain("'unsafe-eval'");
      }
    });

    it('shows media from the archive’s buckets and calls the API, the pool and the upload bucket only', () => {
      if (environment.emulatorEndpoint) {
        expect(directives['connect-src']).toEqual(["'self'", environment.emulatorEndpoint]);
        return;
      }
      expect(directives['connect-src']).toEqual([
        "'self'",
        expect.stringMatching(/^https:\/\/\*\.execute-api\.[\w-]+\.</),
        expect.stringMatching(/^https:\/\/cognito-idp\.[\w-]+\.</),
        expect.stringMatching(/^https:\/\/s3\.[\w-]+\..*Originals\w*>\/$/),
      ]);
      expect(directives['media-src']).toHaveLength(4);
    });

    it('asks browsers for HTTPS from then on, and sends no referrer', () => {
      expect(security.StrictTransportSecurity).toMatchObject({
        AccessControlMaxAgeSec: 730 * 86_400,
        IncludeSubdomains: true,
      });
      expect(security.ReferrerPolicy.ReferrerPolicy).toBe('no-referrer');
      expect(security.FrameOptions.FrameOption).toBe('DENY');
      expect(security.ContentTypeOptions.Override).toBe(true);
    });
  });
}

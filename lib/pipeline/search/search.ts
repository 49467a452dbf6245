import { Duration } from 'aws-cdk-lib';
import type { ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { environmentNames } from '../../../lambdas/contracts/environment.ts';
import { vocabularyPrefix } from '../../../lambdas/contracts/keys.ts';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import { Timer } from '../../resources/timer.ts';
import type { VectorIndex } from '../../resources/vector-index.ts';
import type { ModelEndpoints, StepProps } from '../step-props.ts';

/** What became findable since, each search process asks the index for: at most its newest 500 documents. */
const refreshMinutes = 2;

/** A query -> hits; and the count of what the archive holds, by which queries are read. */
export class Search extends Construct {
  readonly function: ArchiveFunction;
  readonly vocabulary: ArchiveFunction;

  constructor(
    scope: Construct,
    props: Pick<StepProps, 'environment' | 'surroundings' | 'derived' | 'ledger'> & {
      index: VectorIndex;
      endpoints: ModelEndpoints;
      /** None where the function finds the table on its own machine. */
      relatedWords: ILayerVersion | undefined;
    },
  ) {
    super(scope, 'Search');
    this.function = new ArchiveFunction(this, 'Function', {
      surroundings: props.surroundings,
      entry: 'search/search-archive.lambda.ts',
      step: 'search',
      name: 'search',
      size: props.environment.functions.search,
      environment: {
        [environmentNames.newsroomTimeZone]: props.environment.search.newsroomTimeZone,
        [environmentNames.relatedWordsPath]: props.environment.relatedWordsPath,
      },
      layers: props.relatedWords ? [props.relatedWords] : [],
    });
    props.derived.grantReadTo(this.function);
    props.ledger.grantReadTo(this.function);
    props.index.grantSearchTo(this.function);
    props.endpoints.embed.grantInvokeTo(this.function);
    props.endpoints.embedNext?.grantInvokeTo(this.function);
    props.endpoints.entities.grantInvokeTo(this.function);
    props.endpoints.rerank.grantInvokeTo(this.function);

    this.vocabulary = new ArchiveFunction(this, 'Vocabulary', {
      surroundings: props.surroundings,
      entry: 'search/refresh-vocabulary.lambda.ts',
      step: 'search',
      name: 'refresh-vocabulary',
      size: props.environment.functions.refreshVocabulary,
    });
    props.derived.grantReadTo(this.vocabulary, vocabularyPrefix);
    props.derived.grantWriteTo(this.vocabulary, vocabularyPrefix);
    props.index.grantSearchTo(this.vocabulary);
    props.ledger.grantReadVersionTo(this.vocabulary);
    new Timer(this, 'Refresh', { target: this.vocabulary, every: Duration.minutes(refreshMinutes) });
  }
}

/**
 * Containers that SageMaker runs. `{region}` is filled in at synthesis; other accounts of the same publisher serve other
 * regions: https://aws.github.io/deep-learning-containers/
 */
const publisher = '763104351884.dkr.ecr.{region}.amazonaws.com';

export const tensorFlowServing = {
  gpu: {
    imageUri: `${publisher}/tensorflow-inference:2.20.0-gpu-py312-cu129-amzn2023-sagemaker`,
    imagePatchedUntil: '2027-08-20',
  },
  cpu: {
    imageUri: `${publisher}/tensorflow-inference:2.20.0-cpu-py312-amzn2023-sagemaker`,
    imagePatchedUntil: '2027-08-20',
  },
} as const;

/** The last image with TorchServe; its publisher stopped patching it on that day. */
export const torchServe = {
  cpu: {
    imageUri: `${publisher}/pytorch-inference:2.6.0-cpu-py312-ubuntu22.04-sagemaker`,
    imagePatchedUntil: '2026-06-30',
  },
} as const;

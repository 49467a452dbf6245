/**
 * Containers that SageMaker runs. `{account}` and `{region}` are the deployment's, filled in at synthesis; other accounts
 * of the same publisher serve other regions: https://aws.github.io/deep-learning-containers/
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

/** Built from model-packaging/images, whose README.md says how, since endpoints have no network to install from. */
const own = '{account}.dkr.ecr.{region}.amazonaws.com';

/** TorchServe 0.12.0 is the last there is; AWS stopped patching its image of it on that day. */
export const torchServe = {
  cpu: { imageUri: `${own}/wirescope-torchserve:0.12.0-1`, imagePatchedUntil: '2026-06-30' },
} as const;

/** What may stand in TorchServe's place. Python 3.11 is patched until that day: https://peps.python.org/pep-0664/ */
export const onnxServer = {
  cpu: { imageUri: `${own}/wirescope-onnx-server:1.0.0`, imagePatchedUntil: '2027-10-31' },
} as const;

/** Which memory goes with which vCPU on Fargate. https://docs.aws.amazon.com/batch/latest/APIReference/API_ResourceRequirement.html */
const STEPS: readonly { readonly vcpus: number; readonly from: number; readonly to: number; readonly step: number }[] =
  [
    { vcpus: 0.25, from: 512, to: 1024, step: 512 },
    { vcpus: 0.25, from: 2048, to: 2048, step: 1 },
    { vcpus: 0.5, from: 1024, to: 4096, step: 1024 },
    { vcpus: 1, from: 2048, to: 8192, step: 1024 },
    { vcpus: 2, from: 4096, to: 16_384, step: 1024 },
    { vcpus: 4, from: 8192, to: 30_720, step: 1024 },
    { vcpus: 8, from: 16_384, to: 61_440, step: 4096 },
    { vcpus: 16, from: 32_768, to: 122_880, step: 8192 },
  ];

/** Sizes of 32 vCPUs have no step. */
const LARGE = [61_440, 122_880, 249_856];

export function isFargateSize(vcpus: number, memoryMiB: number): boolean {
  if (vcpus === 32) return LARGE.includes(memoryMiB);
  return STEPS.some(
    row =>
      row.vcpus === vcpus && memoryMiB >= row.from && memoryMiB <= row.to && (memoryMiB - row.from) % row.step === 0,
  );
}

export function describeFargateSize(vcpus: number, memoryMiB: number): string {
  return `Fargate resource requirements (${vcpus.toFixed(2)} vCPU, ${memoryMiB} MiB) not valid.`;
}

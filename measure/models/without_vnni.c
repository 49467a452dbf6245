/*
 * Preloaded into a program, hides AVX-512, VNNI and AMX from it, so that libraries choose the kernels that they choose on
 * a processor of AVX2: Linux lets the instruction `cpuid` fault (arch_prctl(2), ARCH_CPUID), and the fault is answered
 * with what the processor says, those bits taken away. Speed is this processor's, kernels are an older one's.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { set_cpuid = 0x1012 };

static void let_cpuid(int runs) {
  if (syscall(SYS_arch_prctl, set_cpuid, (unsigned long)runs) != 0) abort();
}

static const uint32_t hidden_7_0_ebx = 1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 30 | 1u << 31;
static const uint32_t hidden_7_0_ecx = 1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14;
static const uint32_t hidden_7_0_edx = 1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25;
static const uint32_t hidden_7_1_eax = 1u << 4 | 1u << 5 | 1u << 21 | 1u << 23;
static const uint32_t hidden_7_1_edx = 1u << 4 | 1u << 5 | 1u << 10 | 1u << 19;

static void on_fault(int signal_number, siginfo_t *info, void *context) {
  (void)info;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  const uint8_t *instruction = (const uint8_t *)registers[REG_RIP];
  if (instruction[0] != 0x0f || instruction[1] != 0xa2) {
    signal(signal_number, SIG_DFL);
    return;
  }
  uint32_t leaf = (uint32_t)registers[REG_RAX], subleaf = (uint32_t)registers[REG_RCX];
  uint32_t eax, ebx, ecx, edx;
  let_cpuid(1);
  __cpuid_count(leaf, subleaf, eax, ebx, ecx, edx);
  let_cpuid(0);
  if (leaf == 7 && subleaf == 0) {
    ebx &= ~hidden_7_0_ebx;
    ecx &= ~hidden_7_0_ecx;
    edx &= ~hidden_7_0_edx;
  } else if (leaf == 7 && subleaf == 1) {
    eax &= ~hidden_7_1_eax;
    edx &= ~hidden_7_1_edx;
  }
  registers[REG_RAX] = eax;
  registers[REG_RBX] = ebx;
  registers[REG_RCX] = ecx;
  registers[REG_RDX] = edx;
  registers[REG_RIP] += 2;
}

__attribute__((constructor)) static void hide(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  if (sigaction(SIGSEGV, &action, NULL) != 0) abort();
  let_cpuid(0);
}

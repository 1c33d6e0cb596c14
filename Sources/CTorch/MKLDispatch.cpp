// MKL, which libtorch carries for Float32 products, takes its AVX-512 path only where it believes
// the processor to be Intel's; elsewhere it stops at AVX2 and loses a factor of 2 to 3 on
// processors that have AVX-512 (measured: 170 against 440 GFLOP/s). It asks through this function,
// and the program's definition comes before the library's. MKL still checks each instruction set
// with CPUID, so nothing runs that the processor lacks.
// Can go when libtorch's default product routes around it. See Documentation/Workarounds.md.
#if defined(__x86_64__) && defined(__linux__)
extern "C" __attribute__((visibility("default"), used)) int mkl_serv_intel_cpu_true(void) {
  return 1;
}
#endif

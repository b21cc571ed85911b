package dev.packtrain.kernels;

/** The check that stands between a wrong address and a crash of the process. */
final class Ranges {
    private Ranges() {}

    static void check(String what, long address, long numElements) {
        if (numElements < 0) {
            throw new IllegalArgumentException("A kernel was given " + numElements + " " + what + "; give 0 or more.");
        }
        if (address == 0 && numElements > 0) {
            throw new IllegalArgumentException("A kernel was given address 0 for " + numElements + " " + what
                    + "; give the address of native memory that holds them.");
        }
    }
}

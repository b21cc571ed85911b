package dev.packtrain.kernels;

/**
 * The threads that parallel kernels run on: those of the OpenMP runtime libgomp, which libtorch and MKL use as well. A
 * kernel called from the thread that calls libtorch shares its threads, so that there is one pool in the process.
 *
 * @param library file of the libgomp in use; empty where none was found, and kernels then run in the calling thread
 * @param numThreads threads that a kernel uses when this thread calls it without asking for a number
 *     ({@code omp_get_max_threads}: the environment variable OMP_NUM_THREADS, what this thread told libtorch, or the
 *     number of cores)
 */
public record KernelThreads(String library, int numThreads) {
    /**
     * Asks this process and the calling thread. The first call in a process chooses the library: the libgomp that is
     * already loaded (libtorch's), else that of the system.
     *
     * @throws KernelUnavailableException if the native library cannot be loaded
     */
    public static KernelThreads ofCallingThread() {
        NativeLibrary.require();
        return new KernelThreads(ThreadCalls.poolPath(), ThreadCalls.defaultNumThreads());
    }

    /** Whether kernels can use more than the calling thread. */
    public boolean isParallel() {
        return !library.isEmpty();
    }

    /** One line for a person. */
    public String describe() {
        return isParallel()
                ? numThreads + " threads of " + library
                : "1 thread, because libgomp.so.1 was not found; install libgomp (Debian, Ubuntu: 'apt install libgomp1')";
    }
}

package dev.packtrain.training.device;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Memory that ran out: how libtorch, CUDA and Packtrain's kernels say so, and what a person can do about it. */
public final class OutOfMemory {
    /** What makes a training need less; for the end of a sentence. */
    public static final String REMEDY =
            "need less with recompute, bf16, lora, shorter packs (max_length when preparing), sharding over more processes, or offload; packtrain plan says what a recipe needs";

    private static final double GIB = 1L << 30;

    /** c10's caching allocator, when the driver has no more to give. */
    private static final Pattern GPU = Pattern.compile(
            "CUDA out of memory\\. Tried to allocate ([0-9.]+ \\w+)\\. GPU (\\d+) has a total capacity of ([0-9.]+ \\w+) of which ([0-9.]+ \\w+) is free");

    /** The same from who asks the driver directly: contexts, cuBLAS, NCCL. */
    private static final List<String> OTHERS_ON_GPU = List.of(
            "CUDA out of memory",
            "CUDA error: out of memory",
            "CUDA_ERROR_OUT_OF_MEMORY",
            "CUBLAS_STATUS_ALLOC_FAILED",
            "Cuda failure 2 'out of memory'");

    /** c10's {@code alloc_cpu}. */
    private static final Pattern HOST =
            Pattern.compile("DefaultCPUAllocator: .*you tried to allocate ([0-9]{1,18}) bytes");

    private OutOfMemory() {}

    /** What happened, a clause without a remedy, if a failure or what caused it is that memory ran out; else empty. */
    public static Optional<String> find(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Optional<String> found = cause instanceof OutOfMemoryError
                    ? Optional.of("the memory of this host ran out: " + cause.getMessage())
                    : find(String.valueOf(cause.getMessage()));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> find(String message) {
        Matcher gpu = GPU.matcher(message);
        if (gpu.find()) {
            return Optional.of("the memory of GPU %s ran out: %s more were wanted, and of its %s %s were free"
                    .formatted(gpu.group(2), gpu.group(1), gpu.group(3), gpu.group(4)));
        }
        if (OTHERS_ON_GPU.stream().anyMatch(message::contains)) {
            return Optional.of("the memory of the GPU ran out: "
                    + message.lines().findFirst().orElse("").strip());
        }
        Matcher host = HOST.matcher(message);
        if (host.find()) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "the memory of this host ran out: %.3f GiB more were wanted",
                    Long.parseLong(host.group(1)) / GIB));
        }
        return message.contains("std::bad_alloc")
                ? Optional.of("the memory of this host ran out: native code got none")
                : Optional.empty();
    }
}

package dev.packtrain.kernels.cuda;

import dev.packtrain.kernels.GpuCapabilities;
import dev.packtrain.kernels.GpuCapabilities.Gpu;
import dev.packtrain.kernels.KernelResource;
import dev.packtrain.kernels.KernelUnavailableException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Our kernels on one GPU: a module of the driver, loaded into the GPU's primary context, which is the one that libtorch and the
 * CUDA runtime use. Safe for threads.
 */
final class GpuModule implements AutoCloseable {
    private final int device;
    private final CUctx_st context;
    private final CUmod_st module;
    private final Map<String, CUfunc_st> functions = new ConcurrentHashMap<>();

    private GpuModule(int device, CUctx_st context, CUmod_st module) {
        this.device = device;
        this.context = context;
        this.module = module;
    }

    /**
     * Loads the kernels.
     *
     * @param ordinal 0-based GPU of this process
     * @throws KernelUnavailableException if there is no driver, no such GPU, or no kernels for it in this build
     */
    static GpuModule load(int ordinal) {
        requireGpu(GpuCapabilities.probe(), ordinal);
        byte[] fatbin = KernelResource.gpuKernels()
                .orElseThrow(() -> new KernelUnavailableException("This build of Packtrain has no GPU kernels, because"
                        + " nvcc was not found when it was made; build it with 'mvn -Pgpu package' where nvcc of CUDA 13"
                        + " is on the PATH."));
        loadPresets();
        check("cuInit", cudart.cuInit(0));
        int[] device = {0};
        check("cuDeviceGet", cudart.cuDeviceGet(device, ordinal));
        CUctx_st context = new CUctx_st();
        check("cuDevicePrimaryCtxRetain", cudart.cuDevicePrimaryCtxRetain(context, device[0]));
        check("cuCtxSetCurrent", cudart.cuCtxSetCurrent(context));
        CUmod_st module = new CUmod_st();
        try (BytePointer image = new BytePointer(fatbin)) {
            check("cuModuleLoadData", cudart.cuModuleLoadData(module, image));
        }
        return new GpuModule(device[0], context, module);
    }

    static void requireGpu(GpuCapabilities capabilities, int ordinal) {
        if (capabilities.gpus().isEmpty()) {
            throw new KernelUnavailableException(
                    "Packtrain's GPU kernels were asked for and there is no GPU (" + capabilities.absentReason()
                            + "); run on a machine with an NVIDIA GPU and its driver, or with device cpu.");
        }
        if (ordinal < 0 || ordinal >= capabilities.gpus().size()) {
            throw new KernelUnavailableException("GPU " + ordinal + " was asked for, and this process sees "
                    + capabilities.gpus().size()
                    + ", counted from 0; start one process a GPU, or check CUDA_VISIBLE_DEVICES.");
        }
        Gpu gpu = capabilities.gpus().get(ordinal);
        if (gpu.capabilityMajor() < 8) {
            throw new KernelUnavailableException(
                    "GPU %d, %s, has compute capability %d.%d, and Packtrain's kernels need 8.0 (A100) or newer; leave use_flash_attention, flash_mask and use_fused_kernels out there."
                            .formatted(ordinal, gpu.name(), gpu.capabilityMajor(), gpu.capabilityMinor()));
        }
    }

    private static void loadPresets() {
        try {
            Loader.load(cudart.class);
        } catch (LinkageError e) {
            throw new KernelUnavailableException(
                    "The CUDA presets cannot be loaded (" + e.getMessage()
                            + "); build with 'mvn -Pgpu package', and have CUDA 13's libcudart.so.13 and the driver's libcuda.so.1 on the library path.",
                    e);
        }
    }

    /**
     * Starts a kernel.
     *
     * @param function entry point of kernels.cu
     * @param grid blocks, {x, y}
     * @param sharedBytes dynamic shared memory of a block
     * @param arguments the kernel's one parameter, copied before this returns
     * @param stream where it is put
     */
    void launch(String function, int[] grid, int sharedBytes, ByteBuffer arguments, CUstream_st stream) {
        // Contexts are current by thread, and training may have changed its thread.
        check("cuCtxSetCurrent", cudart.cuCtxSetCurrent(context));
        CUfunc_st kernel = functions.computeIfAbsent(function, name -> find(name, sharedBytes));
        try (BytePointer parameter = new BytePointer(arguments);
                PointerPointer<Pointer> parameters = new PointerPointer<>(1)) {
            parameters.put(0, parameter);
            check(
                    "the launch of " + function,
                    cudart.cuLaunchKernel(
                            kernel,
                            grid[0],
                            grid[1],
                            1,
                            FlashMaskTiles.THREADS,
                            1,
                            1,
                            sharedBytes,
                            stream,
                            parameters,
                            (PointerPointer<?>) null));
        }
    }

    private CUfunc_st find(String name, int sharedBytes) {
        CUfunc_st function = new CUfunc_st();
        check("cuModuleGetFunction of " + name, cudart.cuModuleGetFunction(function, module, name));
        // Above 48 KB a kernel gets only what it has been promised.
        check(
                "setting " + sharedBytes + " bytes of shared memory for " + name,
                cudart.cuFuncSetAttribute(
                        function, cudart.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, sharedBytes));
        return function;
    }

    private static void check(String what, int status) {
        if (status != cudart.CUDA_SUCCESS) {
            try (PointerPointer<BytePointer> name = new PointerPointer<>(1)) {
                boolean known = cudart.cuGetErrorName(status, name) == cudart.CUDA_SUCCESS;
                throw new KernelUnavailableException("The CUDA driver answered " + what + " with error " + status
                        + (known ? " (" + name.getString(0) + ")" : "")
                        + "; see the driver's log (dmesg, nvidia-smi), and whether the driver runs CUDA 13.");
            }
        }
    }

    /** Unloads the kernels. */
    @Override
    public void close() {
        functions.clear();
        check("cuCtxSetCurrent", cudart.cuCtxSetCurrent(context));
        check("cuModuleUnload", cudart.cuModuleUnload(module));
        check("cuDevicePrimaryCtxRelease", cudart.cuDevicePrimaryCtxRelease(device));
    }
}

package dev.packtrain.jobs.plan;

import dev.packtrain.jobs.plan.MeshSearch.Candidate;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A plan as lines for people. */
public final class PlanText {
    private static final double GIB = 1L << 30;
    private static final double MB = 1e6;
    private static final double GB = 1e9;
    private static final double TERA = 1e12;

    private final TrainingPlan plan;
    private final List<String> lines = new ArrayList<>();

    private PlanText(TrainingPlan plan) {
        this.plan = plan;
    }

    /** The lines, without line breaks. */
    public static List<String> of(TrainingPlan plan) {
        PlanText text = new PlanText(plan);
        text.head();
        text.memory();
        text.traffic();
        text.time();
        text.smallest();
        text.assumptions();
        return text.lines;
    }

    private void line(String format, Object... values) {
        lines.add(String.format(Locale.ROOT, format, values));
    }

    private void head() {
        DecoderConfig model = plan.work().model();
        line(
                "  model    %s, %d layers of width %,d, vocabulary %,d%s: %,d parameters",
                model.family().title(),
                model.numHiddenLayers(),
                model.hiddenSize(),
                model.vocabSize(),
                model.tieWordEmbeddings() ? " (tied)" : "",
                plan.parameters().total());
        plan.work()
                .adaptation()
                .ifPresent(adaptation -> line(
                        "  trained  %,d parameters by %s, the model is frozen",
                        plan.trainedParameters(), adaptation.method()));
        line("  mesh     %s", mesh(plan.mesh(), plan.work().parallel()));
        line(
                "  step     %d pack%s of %,d tokens a data rank, %,d tokens in all, %s",
                plan.work().passes(),
                plan.work().passes() == 1 ? "" : "s",
                plan.work().packTokens(),
                plan.tokensInStep(),
                plan.work().precision().name().toLowerCase(Locale.ROOT));
    }

    /** Such as {@code 8 GPUs: data 2 × shard 2 × tensor 2, stage3, sequence parallel}. */
    private static String mesh(DeviceMesh mesh, ParallelOptions parallel) {
        StringBuilder text = new StringBuilder("%d GPU%s: data %d × shard %d × tensor %d"
                .formatted(
                        mesh.worldSize(), mesh.worldSize() == 1 ? "" : "s", mesh.data(), mesh.shard(), mesh.tensor()));
        if (parallel.sharding() != Sharding.NONE) {
            text.append(", ").append(parallel.sharding().name().toLowerCase(Locale.ROOT));
        }
        if (parallel.offload() != Offload.NONE) {
            text.append(parallel.offload() == Offload.HOST ? " offload" : " offload_disk");
        }
        if (parallel.sequenceParallel()) {
            text.append(", sequence_parallel");
        }
        if (parallel.recompute() != Recompute.NONE) {
            text.append(", recompute ").append(parallel.recompute().name().toLowerCase(Locale.ROOT));
        }
        return text.toString();
    }

    private void memory() {
        RankMemory memory = plan.memory();
        lines.add("");
        line("  Memory of a rank, GiB");
        row("weights", memory.weights());
        row("gradients", memory.gradients());
        row("states", memory.states());
        row("activations", memory.activations());
        row("buffers", memory.buffers());
        line(
                "    %-12s %10s   of %.2f (%.2f less %.2f reserved): %s",
                "all",
                gib(memory.total()),
                plan.machines().usableBytes() / GIB,
                plan.machines().memoryBytes() / GIB,
                plan.machines().reservedBytes() / GIB,
                plan.fits() ? "fits" : "DOES NOT FIT");
        if (memory.offloaded() > 0) {
            line(
                    "    %-12s %10s   not on the GPU",
                    plan.work().parallel().offload() == Offload.HOST ? "host memory" : "files",
                    gib(memory.offloaded()));
        }
    }

    private void row(String what, long bytes) {
        line("    %-12s %10s", what, gib(bytes));
    }

    /** With digits enough to tell the parts of a small model apart. */
    private String gib(long bytes) {
        return String.format(Locale.ROOT, plan.memory().total() < GIB ? "%.4f" : "%.2f", bytes / GIB);
    }

    private void traffic() {
        lines.add("");
        if (plan.traffic().isEmpty()) {
            line("  One process sends nothing");
            return;
        }
        line("  Sent by a rank in a step, MB");
        for (Transfer transfer : plan.traffic()) {
            line(
                    "    %-7s %-15s %12s   %s, %d ranks at %.0f GB/s",
                    transfer.axis(),
                    transfer.collective(),
                    amount(transfer.bytes() / MB),
                    transfer.what(),
                    transfer.ranks(),
                    plan.machines().bandwidth(plan.mesh(), transfer.axis()) / GB);
        }
    }

    private static String amount(double megabytes) {
        return String.format(Locale.ROOT, megabytes < 10 ? "%.2f" : "%,.0f", megabytes);
    }

    private void time() {
        StepTime time = plan.time();
        lines.add("");
        line("  Time of a step, seconds");
        line(
                "    %-12s %10.4f   %.3f TFLOP a rank%s",
                "compute",
                time.computeSeconds(),
                (time.modelFlops() + time.againFlops()) / TERA,
                time.againFlops() == 0
                        ? ""
                        : String.format(Locale.ROOT, ", %.3f of them made again", time.againFlops() / TERA));
        line("    %-12s %10.4f   computation waits for it", "tensor", time.tensorSeconds());
        line("    %-12s %10.4f   goes on beside computation", "shard, data", time.otherSeconds());
        line(
                "    %-12s %10.4f   if they overlap, %.4f if not: %,.0f to %,.0f tokens/s",
                "all",
                time.shortest(),
                time.longest(),
                plan.tokensInStep() / time.longest(),
                plan.tokensInStep() / time.shortest());
    }

    private void smallest() {
        lines.add("");
        if (plan.search().smallest().isEmpty()) {
            line("  No mesh of up to 4,096 such GPUs fits%s", closest("; the closest needs "));
            line("  Use recompute, a shorter max_length, offload, or larger GPUs");
            return;
        }
        Candidate found = plan.search().smallest().get();
        line("  Smallest mesh that fits, with this batch, recomputation and offload");
        line("    %s", mesh(found.mesh(), found.parallel()));
        line(
                "    %.2f GiB a rank, %.4f s a pack of the step; the fastest of the meshes of this size that fit%s",
                found.memory().total() / GIB,
                found.time().longest()
                        / (found.mesh().numDataRanks() * (double) plan.work().passes()),
                closest("; with fewer GPUs the least is "));
    }

    private String closest(String before) {
        return plan.search()
                .closest()
                .map(each -> String.format(
                        Locale.ROOT,
                        "%s%.2f GiB, as %s",
                        before,
                        each.memory().total() / GIB,
                        mesh(each.mesh(), each.parallel())))
                .orElse("");
    }

    private void assumptions() {
        Machines machines = plan.machines();
        lines.add("");
        line("  Assumed (each has an option)");
        line(
                "    --gpu_memory %s GiB, --gpu_reserve %s GiB, --gpus_per_host %d",
                number(machines.memoryBytes() / GIB), number(machines.reservedBytes() / GIB), machines.gpusPerHost());
        line(
                "    --peak_tflops %s, of which --mfu %s is reached",
                number(machines.flops() / TERA), number(machines.mfu()));
        line(
                "    --link_bandwidth %s GB/s inside a host, --network_bandwidth %s GB/s between hosts, a GPU each way",
                number(machines.linkBytes() / GB), number(machines.networkBytes() / GB));
        line(
                "    packs without padding, of documents of --document_tokens %,d that alone attend to each other",
                plan.work().documentTokens());
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString(Math.round(value)) : Double.toString(value);
    }
}

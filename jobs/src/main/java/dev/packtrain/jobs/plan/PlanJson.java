package dev.packtrain.jobs.plan;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.jobs.plan.MeshSearch.Candidate;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.options.ParallelOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A plan as JSON: bytes, seconds and floating-point operations, each under its unit. */
public final class PlanJson {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private PlanJson() {}

    /** Writes a file; one that is there is replaced. */
    public static void write(TrainingPlan plan, Path file) throws IOException {
        Files.writeString(file, JSON.writeValueAsString(of(plan)) + "\n");
    }

    static ObjectNode of(TrainingPlan plan) {
        ObjectNode json = JSON.createObjectNode();
        json.put("parameters", plan.parameters().total());
        json.put("trained_parameters", plan.trainedParameters());
        json.put("tokens_per_step", plan.tokensInStep());
        json.set("mesh", mesh(plan.mesh(), plan.work().parallel()));
        json.set("bytes_per_rank", memory(plan.memory()));
        json.put("usable_bytes", Math.round(plan.machines().usableBytes()));
        json.put("fits", plan.fits());
        ArrayNode traffic = json.putArray("sent_per_rank_and_step");
        plan.traffic().forEach(transfer -> traffic.add(transfer(transfer)));
        json.set("step", time(plan.time()));
        plan.search().smallest().ifPresent(found -> json.set("smallest_mesh", candidate(found)));
        plan.search().closest().ifPresent(found -> json.set("closest_that_does_not_fit", candidate(found)));
        json.set("assumed", assumed(plan));
        return json;
    }

    private static ObjectNode mesh(DeviceMesh mesh, ParallelOptions parallel) {
        return JSON.createObjectNode()
                .put("gpus", mesh.worldSize())
                .put("data", mesh.data())
                .put("shard", mesh.shard())
                .put("tensor", mesh.tensor())
                .put("sharding", parallel.sharding().name().toLowerCase(Locale.ROOT))
                .put("offload", parallel.offload().name().toLowerCase(Locale.ROOT))
                .put("sequence_parallel", parallel.sequenceParallel())
                .put("recompute", parallel.recompute().name().toLowerCase(Locale.ROOT));
    }

    private static ObjectNode memory(RankMemory memory) {
        return JSON.createObjectNode()
                .put("weights", memory.weights())
                .put("gradients", memory.gradients())
                .put("states", memory.states())
                .put("activations", memory.activations())
                .put("buffers", memory.buffers())
                .put("total", memory.total())
                .put("offloaded", memory.offloaded());
    }

    private static ObjectNode transfer(Transfer transfer) {
        return JSON.createObjectNode()
                .put("axis", transfer.axis())
                .put("collective", transfer.collective())
                .put("what", transfer.what())
                .put("ranks", transfer.ranks())
                .put("bytes", transfer.bytes());
    }

    private static ObjectNode time(StepTime time) {
        return JSON.createObjectNode()
                .put("model_flops_per_rank", time.modelFlops())
                .put("recomputed_flops_per_rank", time.againFlops())
                .put("compute_seconds", time.computeSeconds())
                .put("tensor_seconds", time.tensorSeconds())
                .put("shard_and_data_seconds", time.otherSeconds())
                .put("seconds_with_overlap", time.shortest())
                .put("seconds_without_overlap", time.longest());
    }

    private static ObjectNode candidate(Candidate candidate) {
        ObjectNode json = mesh(candidate.mesh(), candidate.parallel());
        json.set("bytes_per_rank", memory(candidate.memory()));
        json.put("seconds_without_overlap", candidate.time().longest());
        return json;
    }

    private static ObjectNode assumed(TrainingPlan plan) {
        Machines machines = plan.machines();
        return JSON.createObjectNode()
                .put("gpus_per_host", machines.gpusPerHost())
                .put("gpu_memory_bytes", Math.round(machines.memoryBytes()))
                .put("gpu_reserve_bytes", Math.round(machines.reservedBytes()))
                .put("peak_flops", machines.flops())
                .put("mfu", machines.mfu())
                .put("link_bytes_per_second", machines.linkBytes())
                .put("network_bytes_per_second", machines.networkBytes())
                .put("document_tokens", plan.work().documentTokens());
    }
}

package dev.packtrain.jobs.recipe;

import dev.packtrain.packing.NearestName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every key a recipe may hold, once. */
public final class RecipeKeys {
    private static final Map<String, RecipeKey> BY_NAME = byName();

    /** Names that people try and that are never keys, with the reason. */
    private static final Map<String, String> EXPLAINED = explained();

    private RecipeKeys() {}

    /** All keys, supported ones first, in the order of {@code --help}. */
    public static List<RecipeKey> all() {
        return List.copyOf(BY_NAME.values());
    }

    /** The keys that a command uses, in the order of {@code --help}. */
    public static List<RecipeKey> of(Command command) {
        return BY_NAME.values().stream()
                .filter(key -> key.commands().contains(command))
                .toList();
    }

    /** The key of a name. */
    public static Optional<RecipeKey> find(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /** Why a name that people try is never a key. */
    public static Optional<String> explanation(String name) {
        return Optional.ofNullable(EXPLAINED.get(name));
    }

    /** A sentence about a name that is no key: why, or which key is meant. */
    static String unknown(String name) {
        String reason = EXPLAINED.get(name);
        if (reason != null) {
            return "%s is not a recipe key: %s".formatted(name, reason);
        }
        return NearestName.meant(name, BY_NAME.keySet())
                .map(nearest -> "unknown key %s; did you mean %s?".formatted(name, nearest))
                .orElse("unknown key %s; packtrain <command> --help lists the keys".formatted(name));
    }

    private static Map<String, RecipeKey> byName() {
        List<RecipeKey> keys = new ArrayList<>(SupportedKeys.ALL);
        keys.addAll(UnsupportedKeys.ALL);
        Map<String, RecipeKey> byName = new LinkedHashMap<>();
        for (RecipeKey key : keys) {
            if (byName.put(key.name(), key) != null) {
                throw new IllegalStateException("key %s stands twice in the table".formatted(key.name()));
            }
        }
        return byName;
    }

    private static Map<String, String> explained() {
        String cluster = "the cluster says how many processes there are; give --num_processes to train or run";
        Map<String, String> reasons = new LinkedHashMap<>();
        for (String name : List.of("world_size", "num_processes", "nproc_per_node", "nnodes", "data_parallel_degree")) {
            reasons.put(name, cluster);
        }
        String rank = "every process learns its rank from the Spark stage that starts it";
        reasons.put("rank", rank);
        reasons.put("local_rank", rank);
        String devices = "Spark's resource scheduling hands out GPUs; set spark.executor.resource.gpu.amount";
        reasons.put("gpus", devices);
        reasons.put("n_gpu", devices);
        reasons.put("master", "give --master on the command line");
        return reasons;
    }
}

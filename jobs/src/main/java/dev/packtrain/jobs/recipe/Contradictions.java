package dev.packtrain.jobs.recipe;

import dev.packtrain.training.options.FusedKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What is missing, and keys whose values exclude each other. */
final class Contradictions {
    private Contradictions() {}

    /** @param given names that have a value, even a wrong one, which is a problem already and not missing too */
    static List<String> in(Settings settings, Set<String> given) {
        List<String> problems = new ArrayList<>();
        switch (settings.command()) {
            case PREPARE -> {
                require(given, problems, "dataset_name_or_path", "tokenizer_name_or_path", "output_dir");
                packing(settings, problems);
            }
            case TRAIN -> {
                require(given, problems, "dataset_name_or_path", "output_dir");
                training(settings, problems);
            }
            case RUN -> {
                require(given, problems, "dataset_name_or_path", "output_dir");
                if (!given.contains("model_name_or_path")) {
                    // A model directory brings its own tokenizer.
                    require(given, problems, "tokenizer_name_or_path");
                }
                packing(settings, problems);
                training(settings, problems);
            }
            case PLAN -> {
                source(settings, problems);
                fusedKernels(settings, problems);
                problems.addAll(ParallelRecipe.problems(settings));
                problems.addAll(PeftKeys.problems(settings));
                problems.addAll(QuantizationKeys.problems(settings));
            }
            case GENERATE -> {
                if (!given.contains(PeftKeys.ADAPTER)) {
                    // An adapter may say which model it belongs to.
                    require(given, problems, "model_name_or_path");
                }
                fusedKernels(settings, problems);
                generation(settings, problems);
            }
            case MERGE -> require(given, problems, "lora_path", "output_dir");
            case TOKENIZER -> require(given, problems, "dataset_name_or_path", "output_dir");
        }
        return problems;
    }

    private static void require(Set<String> given, List<String> problems, String... names) {
        for (String name : names) {
            if (!given.contains(name)) {
                problems.add("%s is missing; give --%s or set it in the recipe".formatted(name, name));
            }
        }
    }

    private static void packing(Settings settings, List<String> problems) {
        if (settings.flag("greedy_zero_padding") && !settings.flag("zero_padding")) {
            problems.add(
                    "greedy_zero_padding is true but zero_padding is false; greedy packing is a kind of zero padding,"
                            + " so set zero_padding to true");
        }
        if (settings.number("src_length") >= settings.number("max_length")) {
            problems.add(
                    "src_length is %d and max_length %d; wanted src_length below max_length, or no room is left for"
                                    .formatted(settings.number("src_length"), settings.number("max_length"))
                            + " the target");
        }
        if (PreparingRecipe.appends(settings) && settings.flag("overwrite_output_dir")) {
            problems.add("append and overwrite_output_dir are both true; leave one of them out");
        }
        if (settings.flag("autoregressive") && settings.isSet("dataset_format")) {
            problems.add(
                    "autoregressive is true and dataset_format is set; autoregressive rows are plain text, so leave one of them out");
        }
        if (settings.isSet("packing_method") && settings.flag("zero_padding")) {
            problems.add(
                    "packing_method is set and zero_padding is true; packing_method says it all, so leave zero_padding out");
        }
        if (settings.flag("use_pose_convert") != settings.has("scaled_max_length")) {
            problems.add(
                    settings.flag("use_pose_convert")
                            ? "use_pose_convert is true but scaled_max_length is not set; give the positions that the model is to learn"
                            : "scaled_max_length is set but use_pose_convert is false; set it to true, or leave scaled_max_length out");
        }
        if (settings.text("src_field").equals(settings.text("tgt_field"))) {
            problems.add(
                    "src_field and tgt_field are both %s; wanted two fields".formatted(settings.text("src_field")));
        }
    }

    private static void training(Settings settings, List<String> problems) {
        source(settings, problems);
        if (!TrainingRecipe.resume(settings).isEmpty() && settings.flag("overwrite_output_dir")) {
            problems.add(
                    "resume_from_checkpoint continues what overwrite_output_dir would remove; leave one of them out");
        }
        attention(settings, problems);
        fusedKernels(settings, problems);
        problems.addAll(ParallelRecipe.problems(settings));
        problems.addAll(PeftKeys.problems(settings));
        problems.addAll(EvaluationKeys.problems(settings));
        problems.addAll(QuantizationKeys.problems(settings));
        if (settings.number("max_steps") == 0) {
            problems.add("max_steps is 0; wanted at least 1, or -1 to train num_train_epochs passes");
        }
        if (settings.real("num_train_epochs") == 0 && settings.number("max_steps") < 0) {
            problems.add("num_train_epochs is 0; wanted more than 0, or max_steps");
        }
        if (settings.real("adam_beta1") == 1 || settings.real("adam_beta2") == 1) {
            problems.add("adam_beta1 or adam_beta2 is 1; wanted less than 1, or the moments never move");
        }
    }

    private static void source(Settings settings, List<String> problems) {
        boolean fromModel = settings.has("model_name_or_path");
        boolean fromScratch = settings.has("config_name");
        if (fromModel == fromScratch) {
            problems.add("%s model_name_or_path (fine-tune) and config_name (from scratch) is set; wanted exactly one"
                    .formatted(fromModel ? "each of" : "neither of"));
        }
        if (settings.has("config_overrides") && fromModel) {
            problems.add("config_overrides changes a model built from config_name, but model_name_or_path is set; leave"
                    + " one of them out");
        }
    }

    private static void attention(Settings settings, List<String> problems) {
        boolean without = settings.has("use_flash_attention") && !settings.flag("use_flash_attention");
        if (without && settings.has("flash_mask") && settings.flag("flash_mask")) {
            problems.add(
                    "flash_mask is true but use_flash_attention is false; flash_mask is a mask of flash attention, so leave"
                            + " one of them out");
        }
    }

    private static void fusedKernels(Settings settings, List<String> problems) {
        if (TrainingRecipe.fusedKernels(settings) == FusedKernels.LIBTORCH
                && settings.text("device").equals("cpu")) {
            problems.add(
                    "use_fused_kernels is false but device is cpu, where Packtrain's kernels are the only ones; it chooses for a"
                            + " GPU, so set device to cuda, or leave use_fused_kernels out");
        }
    }

    private static void generation(Settings settings, List<String> problems) {
        if (!settings.flag("do_sample")) {
            for (String name : List.of("temperature", "top_k", "top_p")) {
                if (settings.isSet(name)) {
                    problems.add("%s is set but do_sample is false; set do_sample to true, or leave %s out"
                            .formatted(name, name));
                }
            }
        }
        for (String name : List.of("temperature", "top_p")) {
            if (settings.flag("do_sample") && settings.real(name) == 0) {
                problems.add("%s is 0; wanted more than 0, or do_sample false for the likeliest token".formatted(name));
            }
        }
    }
}

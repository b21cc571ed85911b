package dev.packtrain.jobs.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The keys are what recipes of users depend on: a key that changes its name or its commands shows here. */
class RecipeKeysTest {
    private static final String GOLDEN =
            """
            adam_beta1 = 0.9: train run
            adam_beta2 = 0.999: train run
            adam_epsilon = 1.0E-8: train run
            append = false: prepare
            autoregressive = false: prepare run tokenizer
            bf16 = false: train run plan generate
            chat_template = none: prepare run
            chat_template_kwargs = null: prepare run
            config_name = null: train run plan
            config_overrides = null: train run plan
            dataset_format = auto: prepare run tokenizer
            dataset_name_or_path = null: prepare train run tokenizer
            dataset_version = null: train
            dataset_weights = null: prepare run
            ddp_timeout = 1800: train run
            decontaminate_against = null: prepare run
            decontaminate_max_overlap = 0.0: prepare run
            decontaminate_ngram = 13: prepare run
            dedup = false: prepare run
            dedup_normalize = none: prepare run
            dev_ratio = 0.0: prepare run
            dev_rows = 0: prepare run
            dev_split_by = src: prepare run
            device = cpu: train run plan generate
            do_eval = false: train run
            do_sample = false: generate
            eos_token = null: prepare run
            eval_dataset_name_or_path = null: train run
            eval_steps = 500: train run
            eval_strategy = no: train run
            evaluation_strategy = no: train run
            flash_mask = null: train run
            gradient_accumulation_steps = 1: train run plan
            greedy_zero_padding = false: prepare run
            learning_rate = 2.0E-5: train run
            length_buckets = null: prepare run
            logging_steps = 1: train run
            loss_on = every_turn: prepare run
            lr_scheduler_type = linear: train run
            max_eval_samples = null: train run
            max_grad_norm = 1.0: train run
            max_length = 2048: prepare run plan
            max_new_tokens = 128: generate
            max_non_text_ratio = 1.0: prepare run
            max_rejected = 1.0: prepare run tokenizer
            max_repeated_line_ratio = 1.0: prepare run
            max_repeated_ngram_ratio = 1.0: prepare run
            max_restarts = 0: train run
            max_row_bytes = 16777216: prepare run tokenizer
            max_src_chars = null: prepare run
            max_steps = -1: train run
            max_tgt_chars = null: prepare run
            max_tgt_src_ratio = null: prepare run
            min_src_chars = 0: prepare run
            min_tgt_chars = 0: prepare run
            min_tgt_src_ratio = 0.0: prepare run
            model_name_or_path = null: train run plan generate merge
            near_dedup_ngram = 5: prepare run
            near_dedup_threshold = 0.0: prepare run
            near_dedup_unit = char: prepare run
            num_train_epochs = 3.0: train run
            output_dir = null: prepare train run merge tokenizer
            overflow = truncate: prepare run
            overwrite_output_dir = false: prepare train run merge tokenizer
            packing_group_size = 16384: prepare run
            packing_method = auto: prepare run
            per_device_eval_batch_size = 1: train run
            per_device_train_batch_size = 1: train run plan
            recompute = false: train run plan
            recompute_granularity = full: train run plan
            report_to = tensorboard: train run
            resume_from_checkpoint = null: train run
            save_steps = 500: train run
            save_total_limit = 0: train run
            scaled_max_length = null: prepare run
            seed = 42: prepare train run generate
            sequence_parallel = false: train run plan
            sharding = none: train run plan
            sharding_parallel_degree = -1: train run plan
            split = train: prepare run
            src_field = src: prepare run tokenizer
            src_length = 1024: prepare run
            temperature = 1.0: generate
            tensor_parallel_across_hosts = false: train run
            tensor_parallel_degree = 1: train run plan
            text_field = text: prepare run tokenizer
            tgt_field = tgt: prepare run tokenizer
            tokenizer_name_or_path = null: prepare run
            top_k = 50: generate
            top_p = 1.0: generate
            truncation_side = left: prepare run
            use_flash_attention = null: train run
            use_fused_kernels = null: train run plan generate
            use_lowprecision_moment = false: train run plan
            use_pose_convert = false: prepare run
            vocab_size = 8000: tokenizer
            warmup_ratio = 0.0: train run
            warmup_steps = 0: train run
            weight_decay = 0.0: train run
            zero_padding = false: prepare run
            """;

    @Test
    void theSupportedKeysAreTheseForTheseCommands() {
        String table = RecipeKeys.all().stream()
                .filter(key -> key.supported() && key.group() != KeyGroup.PEFT) // methods say their own
                .map(key -> "%s = %s: %s"
                        .formatted(
                                key.name(),
                                key.defaultValue(),
                                key.commands().stream()
                                        .sorted()
                                        .map(Command::word)
                                        .collect(Collectors.joining(" "))))
                .sorted()
                .collect(Collectors.joining("\n", "", "\n"));
        assertThat(table).isEqualTo(GOLDEN);
    }

    @Test
    void everyKeyOfPaddleNlpsRecipesIsKnown() {
        List<String> sftArgument = List.of(
                "model_name_or_path",
                "dataset_name_or_path",
                "output_dir",
                "per_device_train_batch_size",
                "gradient_accumulation_steps",
                "per_device_eval_batch_size",
                "eval_accumulation_steps",
                "num_train_epochs",
                "learning_rate",
                "warmup_steps",
                "logging_steps",
                "evaluation_strategy",
                "save_strategy",
                "src_length",
                "max_length",
                "bf16",
                "fp16_opt_level",
                "do_train",
                "do_eval",
                "disable_tqdm",
                "load_best_model_at_end",
                "eval_with_do_generation",
                "metric_for_best_model",
                "recompute",
                "save_total_limit",
                "tensor_parallel_degree",
                "pipeline_parallel_degree",
                "pipeline_parallel_config",
                "sharding",
                "zero_padding",
                "greedy_zero_padding",
                "unified_checkpoint",
                "use_flash_attention",
                "flash_mask",
                "benchmark");
        assertThat(sftArgument.stream()
                        .filter(name -> RecipeKeys.find(name).isEmpty())
                        .toList())
                .isEmpty();
    }

    @Test
    void everySupportedKeyIsOfSomeCommandAndExplainsItself() {
        for (RecipeKey key : RecipeKeys.all()) {
            assertThat(key.name()).matches("[a-z][a-z0-9_]*");
            assertThat(key.doc()).as(key.name()).isNotBlank();
            assertThat(key.commands().isEmpty()).as(key.name()).isEqualTo(!key.supported());
            if (key.supported() && key.defaultValue() != null) {
                assertThat(key.type().parse(key.defaultValue(), false))
                        .as("the default of %s is of its type", key.name())
                        .isEqualTo(key.defaultValue());
            }
        }
    }
}

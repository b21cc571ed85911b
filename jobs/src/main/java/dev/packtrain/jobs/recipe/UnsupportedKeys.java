package dev.packtrain.jobs.recipe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Keys that PaddleNLP and Hugging Face users know and that nothing here honours yet. They are accepted at a neutral
 * value, so that an existing recipe that spells out its defaults runs as it is, and refused otherwise. An unset (null)
 * or empty value is always neutral.
 */
final class UnsupportedKeys {
    static final List<RecipeKey> ALL;

    static {
        List<RecipeKey> keys = new ArrayList<>();
        // Adapters and quantisation
        off(keys, "rslora_plus", "use_quick_lora", "lora_ga", "lorapro");
        because(keys, "Packtrain calls it qlora_weight_blocksize", 64).accept("weight_blocksize");
        because(keys, "Packtrain calls it qlora_weight_double_quant", false).accept("weight_double_quant");
        because(keys, "Packtrain calls it qlora_weight_double_quant_block_size", 256)
                .accept("weight_double_quant_block_size");
        unset(keys, "prefix_path", "quant_type");
        // Attention and fused kernels
        off(keys, "fuse_attention_qkv", "fuse_attention_ffn", "use_fused_linear", "use_fused_dropout_add");
        because(
                        keys,
                        "Packtrain's kernels are fused by themselves; use_fused_kernels chooses all of them on a GPU",
                        false)
                .accept("use_fused_rms_norm", "use_fused_rope", "use_fused_linear_cross_entropy");
        unset(keys, "attn_implementation");
        // Parallelism and memory
        because(keys, "pipelines come later; tensor_parallel_degree and sharding divide a model too", 1, -1)
                .accept("pipeline_parallel_degree", "virtual_pp_degree");
        because(keys, "attention over several processes comes later; recompute saves activations meanwhile", 1, -1)
                .accept("sep_parallel_degree", "context_parallel_degree");
        because(keys, "there are no models with experts yet", 1, -1).accept("expert_parallel_degree");
        because(keys, "recompute_granularity chooses by block").accept("refined_recompute");
        because(keys, "Packtrain calls it recompute", false).accept("gradient_checkpointing");
        because(keys, "the engine recomputes without autograd", false).accept("recompute_use_reentrant");
        because(keys, "write \"offload\" into sharding, as in \"stage2 offload\"", false)
                .accept("offload_optim", "tensorwise_offload_optimizer");
        because(keys, "gradients are let go of as soon as they are summed", false)
                .accept("release_grads", "enable_linear_fused_grad_add");
        because(keys, "Packtrain overlaps and buckets by itself")
                .accept("sharding_parallel_config", "tensor_parallel_config", "pipeline_parallel_config");
        because(keys, "tensor ranks are always neighbours, then come shards, then replicas")
                .accept("hybrid_parallel_topo_order");
        because(keys, "sharding stage3 does the same").accept("fsdp", "fsdp_config", "deepspeed");
        // Precision
        off(keys, "fp16", "amp_master_grad", "bf16_full_eval", "fp16_full_eval", "tf32");
        add(keys, "fp16_opt_level", "O1", "O2");
        add(keys, "scale_loss", 32768);
        unset(keys, "amp_custom_black_list", "amp_custom_white_list");
        // Optimizer and schedule
        add(keys, "optim", "adamw", "adamw_torch");
        add(keys, "num_cycles", 0.5);
        add(keys, "lr_end", 1e-7);
        add(keys, "power", 1.0);
        add(keys, "min_learning_rate", 0);
        add(keys, "label_smoothing_factor", 0);
        unset(keys, "lr_scheduler_kwargs", "optim_args", "decay_steps");
        // Data
        off(keys, "lazy", "pad_to_max_length", "group_by_length");
        off(keys, "distributed_dataloader", "dataloader_drop_last", "use_long_sequence_strategies");
        add(keys, "dataloader_num_workers", 0);
        add(keys, "rope_scaling_factor", 1.0);
        unset(keys, "pad_to_multiple_of", "strategy_type", "strategy_name", "skip_data_intervals");
        unset(keys, "task_name", "task_name_or_path", "dataset_config_name", "data_seed", "max_train_samples");
        // Evaluation
        add(keys, "do_train", true);
        off(keys, "do_predict", "eval_with_do_generation", "save_generation_output");
        because(keys, "metrics.jsonl says which step was best; save_total_limit 0 keeps its checkpoint", false)
                .accept("load_best_model_at_end");
        off(keys, "prediction_loss_only", "do_export");
        unset(keys, "eval_accumulation_steps", "metric_for_best_model", "greater_is_better");
        // Checkpoints and logs
        add(keys, "save_strategy", "steps");
        add(keys, "logging_strategy", "steps");
        add(keys, "save_safetensors", true);
        add(keys, "ckpt_quant_stage", "O0");
        off(keys, "unified_checkpoint", "save_only_model", "skip_save_model_weight", "ignore_data_skip", "async_save");
        off(keys, "ignore_save_lr_and_optim", "ignore_load_lr_and_optim", "logging_first_step", "disable_tqdm");
        off(keys, "push_to_hub", "benchmark", "full_determinism", "torch_compile", "use_cpu", "no_cuda");
        unset(keys, "unified_checkpoint_config", "logging_dir", "run_name", "hub_model_id", "hub_token", "log_level");
        ALL = List.copyOf(keys);
    }

    private UnsupportedKeys() {}

    private static void off(List<RecipeKey> keys, String... names) {
        Arrays.stream(names).forEach(name -> add(keys, name, false));
    }

    private static void unset(List<RecipeKey> keys, String... names) {
        Arrays.stream(names).forEach(name -> add(keys, name));
    }

    private static void add(List<RecipeKey> keys, String name, Object... neutral) {
        keys.add(key(name, "", neutral));
    }

    /** Takes names. */
    @FunctionalInterface
    private interface Names {
        void accept(String... names);
    }

    /** Keys that share a reason, which is said to whoever sets them. */
    private static Names because(List<RecipeKey> keys, String reason, Object... neutral) {
        return names -> Arrays.stream(names).forEach(name -> keys.add(key(name, reason, neutral)));
    }

    private static RecipeKey key(String name, String reason, Object... neutral) {
        return new RecipeKey(
                name,
                new ValueType.Anything(),
                null,
                "not supported yet" + (reason.isEmpty() ? "" : " (" + reason + ")"),
                KeyGroup.UNSUPPORTED,
                Set.of(),
                Arrays.asList(neutral));
    }
}

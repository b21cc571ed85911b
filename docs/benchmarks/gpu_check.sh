#!/usr/bin/env bash
# All that only a GPU can show, one step after the other, whatever becomes of each. Part of the bundle that gpu_bundle.sh makes.
# Usage: check.sh RESULTS_DIR [STEP…]     steps, in their order: kernels peer doctor tests attention step train
# Leaves a log for each step and summary.txt in RESULTS_DIR; exit status 1 if a step failed.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
results=${1:?"give the folder for the results, such as /tmp/results"}
shift
steps=("$@")
[[ ${#steps[@]} -gt 0 ]] || steps=(kernels peer doctor tests attention step train)
mkdir -p "$results"
results=$(cd "$results" && pwd)
failed=0

# note NAME LOG_LINES_PATTERN COMMAND…: runs it with its output in NAME.txt, then says how it went and shows the lines that count.
note() {
    local name=$1 pattern=$2 begin=$SECONDS status=0
    shift 2
    "$@" >"$results/$name.txt" 2>&1 || status=$?
    local verdict=ok
    if [[ $status != 0 ]]; then
        verdict="FAILED with status $status"
        failed=1
    fi
    {
        echo "== $name: $verdict, $((SECONDS - begin)) s"
        if [[ $status == 0 ]]; then grep -E "$pattern" "$results/$name.txt"; else tail -n 15 "$results/$name.txt"; fi
    } | tee -a "$results/summary.txt"
}

packtrain() { bash "$here/run.sh" "$@"; }

# The tests tagged gpu; that one is skipped is a failure here.
tests() {
    PACKTRAIN_TESTS=1 bash "$here/run.sh" execute --scan-classpath="$here/tests/training-tests.jar" --include-tag gpu \
        --fail-if-no-tests --details=tree --disable-banner --disable-ansi-colors --reports-dir="$results/reports" | tee "$results/tests-tree.txt"
    [[ ${PIPESTATUS[0]} == 0 ]] && grep -q '\[ *0 tests skipped' "$results/tests-tree.txt"
}

# A Llama of 1.2 billion parameters, 8,192 tokens a step.
billion() {
    packtrain bench train --device cuda --bf16 --peak_tflops 989 --hidden_size 2048 --intermediate_size 8192 --num_hidden_layers 16 \
        --num_attention_heads 32 --num_key_value_heads 8 --head_dim 64 --vocab_size 128256 --max_length 8192 "$@"
}

train() {
    local name=$1
    shift
    note "train-$name" 'loss|tokens/s|Attention|trained' \
        packtrain train "$results/demo/demo.json" --dataset_name_or_path "$results/demo/data" --config_name "$results/demo/llama-tiny.json" \
        --output_dir "$results/model-$name" --device cuda --num_processes 1 --max_steps 300 "$@"
}

figures='tokens_per_second|step_seconds|share_of_limit|mfu|peak_gpu|matmul'
for step in "${steps[@]}"; do
    case $step in
        kernels) note kernels 'bf16|causal|documents|window|problems|GB/s' "$here/bin/gpu-kernels" ;;
        peer) note peer . python3 "$here/bin/peer_flash_attention.py" ;;
        doctor) note doctor 'GPU|CUDA|libtorch|attention|kernel' packtrain doctor ;;
        tests) note tests 'tests (found|skipped|successful|failed)' tests ;;
        attention)
            for d in 64 128; do
                note "attention-$d" . packtrain bench attention --device cuda --heads $((2048 / d)) --kv_heads $((2048 / d)) --head_dim $d --max_length 16384
            done
            ;;
        step)
            for documents in 16 1; do
                note "step-$documents" "$figures" billion --documents $documents
                note "step-$documents-flash" "$figures" billion --documents $documents --flash_mask
            done
            note step-libtorch "$figures" billion --documents 16 --use_fused_kernels false
            note step-lora "$figures" billion --flash_mask --peft '{"lora": true, "lora_rank": 8}'
            ;;
        train)
            note demo 'loss|done' packtrain demo --output_dir "$results/demo"
            train fp32
            train bf16 --bf16 true
            train flash --bf16 true --flash_mask true
            train libtorch --bf16 true --use_fused_kernels false
            train offload --bf16 true --sharding 'stage3 offload'
            note generate . packtrain generate --model_name_or_path "$results/model-flash" --device cuda --src '类型#裙*材质#雪纺*颜色#红色'
            ;;
        *)
            echo "check.sh: there is no step '$step'; wanted some of: kernels peer doctor tests attention step train" >&2
            exit 2
            ;;
    esac
done
exit $failed

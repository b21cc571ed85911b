package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.UpdateRule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * ReLoRA (Lialin et al. 2023, arXiv 2307.05695): LoRA in rounds. At a restart what A and B have learnt becomes part of the
 * frozen model (see {@link MergedPairs}), A begins anew, B is zero, most of the optimizer's moments are dropped, and the
 * learning rate warms up once more. So many rounds of rank R give a change of weights of many times that rank.
 *
 * @param lora the rounds' adapters
 * @param interval steps of a round
 * @param warmup steps after a restart in which the learning rate rises
 * @param pruneRatio share of each tensor's moments, the smallest, that become zero
 */
record ReLoraAdaptation(LoraAdaptation lora, int interval, int warmup, double pruneRatio) implements LoraBased {
    @Override
    public Linear adapt(String module, Linear base, AdapterTensors tensors) {
        ReLoraRounds rounds = tensors.shared(ReLoraRounds.class, () -> new ReLoraRounds(this, tensors));
        LowRankSplits splits = LowRankSplits.of(base, lora.rank());
        Parameter down = lora.trainedDown(module, base, splits, tensors);
        Parameter up = lora.trainedUp(module, base, splits, tensors);
        Linear soFar = new MergedPairs(base, rounds.add(down, up), lora.scale());
        return lora.linear(soFar, down, up, lora.dropout(module, splits, tensors));
    }

    @Override
    public UpdateRule updateRule(AdapterTensors tensors) {
        return tensors.shared(ReLoraRounds.class, () -> new ReLoraRounds(this, tensors));
    }

    /** The rounds side by side are one LoRA. */
    @Override
    public Adaptation asSaved(Map<String, Tensor> saved, AdapterTensors tensors) {
        String any = saved.keySet().stream()
                .filter(name -> name.endsWith(LoraAdaptation.DOWN))
                .findFirst()
                .orElseThrow();
        int rank = Math.toIntExact(saved.get(any).size(0));
        return new LoraAdaptation(rank, lora.scale() * rank, lora.dropout(), false, lora.plusScale(), targets());
    }

    @Override
    public Map<String, Tensor> saved(Map<String, Tensor> tensors) {
        Map<String, Tensor> saved = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            if (!name.endsWith(ReLoraRounds.EARLIER)) {
                Tensor earlier = tensors.get(name + ReLoraRounds.EARLIER);
                int dim = name.endsWith(LoraAdaptation.DOWN) ? 0 : 1;
                Tensor last = tensor.detach();
                saved.put(name, earlier == null ? last : torch.cat(new TensorVector(earlier, last), dim));
            }
        });
        return saved;
    }

    @Override
    public OptionalLong numTrainedElements(LinearShape part) {
        return lora.numTrainedElements(part);
    }

    @Override
    public Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter) {
        throw new IllegalStateException("what is saved is a plain LoRA, which merges itself");
    }

    @Override
    public ObjectNode config(List<String> modules, List<String> all) {
        ObjectNode config = lora.config(modules, all);
        config.put("relora_steps", interval);
        config.put("relora_warmup_steps", warmup);
        config.put("relora_prune_ratio", pruneRatio);
        return config;
    }
}

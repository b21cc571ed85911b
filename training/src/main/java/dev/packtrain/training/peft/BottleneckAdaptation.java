package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.engine.Segment;
import dev.packtrain.training.model.Attached;
import dev.packtrain.training.model.InputHook;
import dev.packtrain.training.model.InputSite;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * A {@link BottleneckAdapter} behind both halves of every block (Houlsby et al. 2019, arXiv 1902.00751) or behind the
 * feed-forward layer alone (Pfeiffer et al. 2020, arXiv 2005.00247), in front of the residual addition. D is U(±1/√E), U and the
 * biases are zero: the first forward pass is that of the base, which the papers' small Gaussians come near to. The model's
 * norms stay frozen.
 *
 * @param both halves, or the second one
 * @param reduction E over R
 * @param swish the activation, or relu
 * @param leaveOut blocks that have none (AdapterDrop, Rücklé et al. 2020, arXiv 2010.11918)
 * @param drops whether steps of training go without those of the first blocks: {@link DroppedBlocks}
 */
record BottleneckAdaptation(boolean both, int reduction, boolean swish, Optional<LayerNumbers> leaveOut, boolean drops)
        implements HookAdaptation {
    @Override
    public String method() {
        return BottleneckAdapters.NAME;
    }

    @Override
    public Optional<Attached<Segment>> adapter(String module, Parameter norm, AdapterTensors tensors) {
        if (isLeftOut(module) || !(both || module.endsWith(".mlp"))) {
            return Optional.empty();
        }
        StreamTensors stream = new StreamTensors(tensors, norm);
        long width = stream.width();
        long inner = inner(width);
        String down = module + ".adapter_down.weight";
        BottleneckAdapter adapter = new BottleneckAdapter(
                stream.matrix(
                        down,
                        inner,
                        width,
                        split -> Initial.uniform(tensors.seed(), down, split, 1 / Math.sqrt((double) width))),
                stream.bias(module + ".adapter_down.bias", inner),
                stream.matrix(module + ".adapter_up.weight", width, inner, Initial::zeros),
                stream.bias(module + ".adapter_up.bias", width),
                swish);
        Segment segment = drops ? dropped(tensors).around(adapter, LayerNumbers.blockOf(module)) : adapter;
        return Optional.of(new Attached<>(segment, adapter.parameters()));
    }

    private static DroppedBlocks dropped(AdapterTensors tensors) {
        return tensors.shared(DroppedBlocks.class, () -> new DroppedBlocks(tensors.pass()));
    }

    private boolean isLeftOut(String module) {
        return leaveOut.map(layers -> layers.has(module)).orElse(false);
    }

    /** R. */
    private long inner(long width) {
        if (reduction > width) {
            throw new BadInputException(
                    "adapter_reduction_factor is %d, but the model's hidden_size is %d; wanted at most that."
                            .formatted(reduction, width));
        }
        return width / reduction;
    }

    @Override
    public OptionalLong numTrainedElements(RankShape rank, int part) {
        if (part == 0) {
            requireSome(rank.model().numHiddenLayers());
        }
        long width = rank.model().hiddenSize();
        long inner = inner(width);
        return OptionalLong.of(numAdapters(part) * (2 * inner * width + inner + width));
    }

    private long numAdapters(int part) {
        return part == 0 || isLeftOut(RankShape.module(part - 1)) ? 0 : both ? 2 : 1;
    }

    /** What it changes. */
    @Override
    public long numKeptElements(RankShape rank, int part, long rows, long documents) {
        return numAdapters(part) * rows * rank.model().hiddenSize();
    }

    @Override
    public Optional<InputHook> input(InputSite site, AdapterTensors tensors) {
        requireSome(site.config().numHiddenLayers());
        dropped(tensors).of(site.config().numHiddenLayers());
        return Optional.empty();
    }

    private void requireSome(int numLayers) {
        leaveOut.ifPresent(layers -> {
            layers.requireBelow(numLayers);
            if (IntStream.range(0, numLayers).allMatch(layer -> layers.has(RankShape.module(layer)))) {
                throw new BadInputException(
                        "adapter_leave_out is %s, which leaves no block of %d with an adapter; leave some in."
                                .formatted(layers.text(), numLayers));
            }
        });
    }

    @Override
    public ObjectNode config(List<String> modules, List<String> all) {
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("config", both ? BottleneckAdapters.HOULSBY : BottleneckAdapters.PFEIFFER);
        config.put("reduction_factor", reduction);
        config.put("non_linearity", swish ? BottleneckAdapters.SWISH : BottleneckAdapters.RELU);
        config.put("leave_out", leaveOut.map(LayerNumbers::text).orElse(null));
        config.put("drop", drops);
        return config;
    }
}

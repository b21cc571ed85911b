package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.engine.Intervention;
import dev.packtrain.training.model.Attached;
import dev.packtrain.training.model.InputHook;
import dev.packtrain.training.model.InputSite;
import dev.packtrain.training.model.PackInput;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * LoReFT (Wu et al. 2024, arXiv 2404.03592) with its settings: {@link LoreftChange} behind blocks, at the first and last
 * tokens of every prompt. As in the authors' pyreft, W is U(±1/√E), b here 0, and R random with orthonormal rows.
 *
 * @param rank R
 * @param layers which blocks
 * @param first so many of a prompt's first tokens
 * @param last and so many of its last
 * @param dropout probability, in [0, 1), that an element of what comes of a changed token becomes zero
 */
record LoreftAdaptation(int rank, LayerNumbers layers, int first, int last, double dropout) implements HookAdaptation {
    @Override
    public String method() {
        return Reft.NAME;
    }

    @Override
    public Optional<Attached<Intervention>> intervention(String module, Parameter norm, AdapterTensors tensors) {
        if (!layers.has(module)) {
            return Optional.empty();
        }
        StreamTensors stream = new StreamTensors(tensors, norm);
        long width = stream.width();
        requireRank(width);
        String source = module + ".reft.learned_source.weight";
        String rotation = module + ".reft.rotate_layer.weight";
        LoreftChange change = new LoreftChange(
                stream.matrix(
                        source,
                        rank,
                        width,
                        split -> Initial.uniform(tensors.seed(), source, split, 1 / Math.sqrt((double) width))),
                stream.bias(module + ".reft.learned_source.bias", rank),
                // Only its direction counts, which decay would leave as it is while steps grew.
                stream.undecayed(
                        rotation, rank, width, split -> PolarFactor.of(Initial.normal(tensors.seed(), rotation, split))
                                .qRE()),
                tensors.promptRows(),
                Dropout.of(dropout, module + ".reft", 0, tensors));
        return Optional.of(new Attached<>(change, change.parameters()));
    }

    private void requireRank(long width) {
        if (rank > width) {
            throw new BadInputException(
                    "reft_rank is %d, but the model's hidden_size is %d; wanted at most that.".formatted(rank, width));
        }
    }

    @Override
    public OptionalLong numTrainedElements(RankShape shape, int part) {
        long width = shape.model().hiddenSize();
        requireRank(width);
        layers.requireBelow(shape.model().numHiddenLayers());
        return OptionalLong.of(changes(part) ? rank * (2 * width + 1) : 0);
    }

    private boolean changes(int part) {
        return part > 0 && layers.has(RankShape.module(part - 1));
    }

    /** The rows that it changes, as they were. */
    @Override
    public long numKeptElements(RankShape shape, int part, long rows, long documents) {
        return changes(part)
                ? Math.min(rows, documents * (first + last)) * shape.model().hiddenSize()
                : 0;
    }

    @Override
    public Optional<InputHook> input(InputSite site, AdapterTensors tensors) {
        layers.requireBelow(site.config().numHiddenLayers());
        return Optional.of(new InputHook() {
            @Override
            public void begin(Tensor hTE, PackInput input, boolean adds) {
                tensors.promptRows().begin(input, first, last);
            }

            @Override
            public void goOn() {
                tensors.promptRows().none();
            }
        });
    }

    @Override
    public ObjectNode config(List<String> modules, List<String> all) {
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("r", rank);
        config.put("layers", layers.text());
        config.put(
                "position",
                Stream.of(first > 0 ? "f" + first : "", last > 0 ? "l" + last : "")
                        .filter(part -> !part.isEmpty())
                        .collect(Collectors.joining("+")));
        config.put("dropout", dropout);
        return config;
    }
}

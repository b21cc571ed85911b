package dev.packtrain.training.peft;

import dev.packtrain.training.model.InputSite;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/**
 * Makes the tensors of virtual tokens, whole on every tensor-parallel rank.
 *
 * @param tensors makes them
 * @param site where tokens enter
 * @param partial whether each rank finds a share of their gradients
 */
record PromptTensors(AdapterTensors tensors, InputSite site, boolean partial) {
    /** Numbers that are trained themselves. */
    PromptEncoder plain(long numTokens, long width, Function<TensorSplit, Tensor> initial) {
        return new PromptEncoder.Plain(make(PromptEncoder.EMBEDDINGS, true, initial, numTokens, width));
    }

    /**
     * Numbers that a network makes. A file without the network, as PEFT saves it, has the numbers all the same, and these are
     * then trained themselves.
     *
     * @param width of the numbers
     */
    PromptEncoder network(PromptNetworks network, long width) {
        String embedding = network.shapes().keySet().iterator().next();
        long[] shape = network.shapes().get(embedding);
        if (tensors.fileLacks(PromptEncoder.PREFIX + embedding)) {
            return plain(shape[0], width, Initial::zeros);
        }
        tensors.ignore(PromptEncoder.EMBEDDINGS);
        Map<String, Parameter> named = new LinkedHashMap<>();
        network.shapes().forEach((name, dims) -> named.put(name, parameter(network, name, dims)));
        return new PromptEncoder.Network(named, network.run());
    }

    /** As torch initialises its layers: N(0, 1) for embeddings, U(±1/√fan-in) for linears, U(±1/√hidden) for LSTMs. */
    private Parameter parameter(PromptNetworks network, String name, long[] dims) {
        String full = PromptEncoder.PREFIX + name;
        if (name.startsWith("embedding.")) {
            return make(full, true, split -> Initial.normal(tensors.seed(), full, split), dims);
        }
        long fan =
                name.startsWith("lstm_head.") ? dims[0] / 4 : network.shapes().get(name.replace(".bias", ".weight"))[1];
        double bound = 1 / Math.sqrt((double) fan);
        boolean isBias = name.contains("bias");
        return make(full, !isBias, split -> Initial.uniform(tensors.seed(), full, split, bound), dims);
    }

    private Parameter make(String name, boolean decays, Function<TensorSplit, Tensor> initial, long... shape) {
        TensorSplit split = TensorSplit.whole(shape, site.norm().split().numCopies());
        AdapterTensors.Spec spec = new AdapterTensors.Spec(split, partial && split.numCopies() > 1, 1, decays);
        return tensors.parameter(name, site.norm().tensor(), spec, () -> initial.apply(split));
    }
}
